"""Publishing: the marts just built become the marts in use, and the file readers connect to.

Two steps, each whole or not at all. In the warehouse, one transaction replaces every table of the
marts. Beside it, a new readers' file is written under another name and takes the old one's place;
whoever has the old one open goes on reading it. A run cut short between the two leaves readers
with yesterday's marts, and the next publishing repairs it: both steps can be repeated.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.errors import LeadgerError
from orchestration.workspace import Workspace


@dataclass(frozen=True)
class PublishReport:
    """What was published."""

    tables: dict[str, int]
    """Tables of the marts, with their number of rows."""
    dropped: tuple[str, ...]
    """Tables that are no longer built."""
    file: Path
    swap_seconds: float
    file_seconds: float


def publish(
    workspace: Workspace, *, source_schema: str = "marts_next", target_schema: str = "marts"
) -> PublishReport:
    """Make the marts of `source_schema` those in use, and write the readers' file.

    Without `source_schema` (a run was cut short after the swap, or nothing was built) the readers'
    file is written from the marts in use.

    Args:
        workspace: the warehouse, which nobody else may have open, and its readers' file.
        source_schema: the marts just built; gone afterwards.
        target_schema: the marts in use.

    Raises:
        LeadgerError: there are no marts at all.
    """
    started = time.perf_counter()
    with duckdb.connect(str(workspace.warehouse)) as connection:
        built = _tables(connection, source_schema)
        in_use = _tables(connection, target_schema)
        if not built and not in_use:
            raise LeadgerError(f"There are no marts in {workspace.warehouse}; run the job first.")
        dropped = tuple(name for name in in_use if built and name not in built)
        if built:
            _swap(connection, built, dropped, source_schema, target_schema)
        swapped = time.perf_counter()
        tables = _write_file(connection, target_schema, workspace.published)
    return PublishReport(
        tables=tables,
        dropped=dropped,
        file=workspace.published,
        swap_seconds=swapped - started,
        file_seconds=time.perf_counter() - swapped,
    )


def _swap(
    connection: DuckDBPyConnection,
    built: list[str],
    dropped: tuple[str, ...],
    source: str,
    target: str,
) -> None:
    connection.begin()
    try:
        connection.execute(f"create schema if not exists {_name(target)}")
        for name in dropped:
            connection.execute(f"drop table {_name(target)}.{_name(name)}")
        for name in built:
            _copy(connection, f"{_name(source)}.{_name(name)}", f"{_name(target)}.{_name(name)}")
        for statement in _comments(connection, source, _name(target)):
            connection.execute(statement)
        connection.execute(f"drop schema {_name(source)} cascade")
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):
            connection.rollback()
        raise


def _write_file(connection: DuckDBPyConnection, schema: str, published: Path) -> dict[str, int]:
    """Write the readers' file beside and put it in place; gives rows by table."""
    part = published.with_suffix(".part")
    leftovers = (part, part.with_name(part.name + ".wal"))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    connection.execute(f"attach '{str(part).replace(chr(39), chr(39) * 2)}' as readers")
    try:
        connection.execute(f"create schema readers.{_name(schema)}")
        rows: dict[str, int] = {}
        for name in _tables(connection, schema):
            target = f"readers.{_name(schema)}.{_name(name)}"
            rows[name] = _copy(connection, f"{_name(schema)}.{_name(name)}", target)
        for statement in _comments(connection, schema, f"readers.{_name(schema)}"):
            connection.execute(statement)
        connection.execute("checkpoint readers")
    finally:
        connection.execute("detach readers")
    _sync_to_disk(part)
    part.replace(published)
    _sync_to_disk(published.parent)
    return rows


def _copy(connection: DuckDBPyConnection, source: str, target: str) -> int:
    """Replace the table `target` by a copy; gives its number of rows."""
    copied = connection.execute(f"create or replace table {target} as from {source}").fetchone()
    return int(copied[0]) if copied else 0


def _tables(connection: DuckDBPyConnection, schema: str) -> list[str]:
    """Tables and views of a schema of the warehouse."""
    found = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? order by table_name",
        [schema],
    )
    return [name for (name,) in found.fetchall()]


def _comments(connection: DuckDBPyConnection, schema: str, target: str) -> list[str]:
    """Statements that give the tables in `target` the descriptions those in `schema` have."""
    on_tables = connection.execute(
        "select table_name, comment from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? and comment is not null "
        "union all select view_name, comment from duckdb_views() "
        "where database_name = current_database() and schema_name = ? and comment is not null",
        [schema, schema],
    ).fetchall()
    on_columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and comment is not null",
        [schema],
    ).fetchall()
    return [
        f"comment on table {target}.{_name(table)} is {_text(comment)}"
        for table, comment in on_tables
    ] + [
        f"comment on column {target}.{_name(table)}.{_name(column)} is {_text(comment)}"
        for table, column, comment in on_columns
    ]


def _sync_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"
