"""The file for readers: the marts in use and what CRMs were told, replaced in one step.

Whoever has the old file open goes on reading it. The file is trusted only if it is the very one
that was last written (`control.readers_file`); any other is written anew by the next publishing.
Servers have none: their readers read beside the writer.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from orchestration.warehouse import Connection, open_warehouse
from orchestration.warehouse.connection import listed, literal, quoted
from orchestration.workspace import Workspace, sync_to_disk

MARTS = "marts"
LEDGER = "crm_sync"
LEDGER_TABLES = (
    "sync_runs",
    "sync_records",
    "sync_plans",
    "sync_approvals",
    "sync_conflicts",
    "open_conflicts",
    "parked",
)
"""What of the ledger is shown to readers; the last two are views there, tables in here."""


@dataclass(frozen=True)
class Part:
    """A table of the file, and what of it is to be brought up to date."""

    schema: str
    table: str
    rows: str = "true"
    """Condition of the rows that are replaced."""
    key: str | None = None
    """Of a table only ever added to: what grows from row to row."""

    @property
    def name(self) -> str:
        """With its schema."""
        return f"{self.schema}.{quoted(self.table)}"

    @property
    def digest(self) -> str:
        """What differs as soon as a row does; of a table only added to, its last key."""
        last = f"max({self.key})" if self.key else "bit_xor(hash(rows))"
        return f"select count(*), {last} from {{}}{self.name} as rows"


def write(connection: Connection, published: Path) -> None:
    """Write the file from nothing, and put it in place."""
    with _next_file(connection, published):
        _create(connection, _marts(connection))
        _create(connection, ledger_parts(connection))


def add(connection: Connection, published: Path, parts: Iterable[Part]) -> None:
    """Bring a copy of the file up to date, with the ledger, and put it in place."""
    with _next_file(connection, published, copied=True):
        there = _columns_of_file(connection)
        connection.begin()
        new = []
        for part in [*parts, *ledger_parts(connection)]:
            columns = connection.columns(part.schema)[part.table]
            if there.get((part.schema, part.table)) == columns:
                _bring(connection, part, columns)
            else:
                new.append(part)
        _create(connection, new)
        connection.commit()


def rewrite(workspace: Workspace) -> None:
    """Write the file anew from the marts in use; nothing of the old one is left in it.

    Only for a warehouse whose readers have a file of their own.
    """
    with open_warehouse(workspace.warehouse) as connection:
        write(connection, workspace.published)


def share_ledger(workspace: Workspace) -> bool:
    """Show readers what CRMs were told since the file was written; gives whether there was more.

    Nothing is done where readers have no file, or one that the next publishing writes anew.

    Args:
        workspace: the warehouse, which nobody else may have open, and its readers' file.
    """
    with open_warehouse(workspace.warehouse) as connection:
        published = workspace.published
        if not connection.has_readers_file or not published.exists():
            return False
        noted = _noted(connection)
        if noted is None or noted[1:] != _stamp(published) or not _has_more(connection, published):
            return False
        add(connection, published, ())
        note(connection, published, noted[0])
        return True


def is_known(connection: Connection, published: Path, run_id: str | None) -> bool:
    """Whether the file is the very one that was written for that run."""
    return published.exists() and _noted(connection) == (run_id, *_stamp(published))


def note(connection: Connection, published: Path, run_id: str) -> None:
    """Write down which file was written for a run."""
    with connection.transaction():
        connection.execute("delete from control.readers_file")
        connection.execute(
            "insert into control.readers_file values (?, ?, ?)", [run_id, *_stamp(published)]
        )


def ledger_parts(connection: Connection) -> list[Part]:
    """What of the ledger a warehouse has."""
    there = connection.tables(LEDGER)
    return [
        Part(LEDGER, table, key="record_id" if table == "sync_records" else None)
        for table in LEDGER_TABLES
        if table in there
    ]


def _marts(connection: Connection) -> list[Part]:
    return [Part(MARTS, table) for table in connection.tables(MARTS)]


def _create(connection: Connection, parts: Iterable[Part]) -> None:
    """Make tables of the file whole, with their descriptions."""
    parts = list(parts)
    for schema in dict.fromkeys(part.schema for part in parts):
        connection.execute(f"create schema if not exists readers.{schema}")
        names = {part.table for part in parts if part.schema == schema}
        for name in sorted(names):
            table = f"{schema}.{quoted(name)}"
            connection.execute(f"create or replace table readers.{table} as select * from {table}")
        for statement in connection.comments(schema, f"readers.{schema}", names):
            connection.execute(statement)


def _bring(connection: Connection, part: Part, columns: Iterable[str]) -> None:
    target, rows = f"readers.{part.name}", part.rows
    if part.key:
        rows = f"{part.key} > (select coalesce(max({part.key}), 0) from {target})"
    else:
        connection.execute(f"delete from {target} where {rows}")
    names = listed(columns)
    connection.execute(
        f"insert into {target} ({names}) select {names} from {part.name} where {rows}"
    )


def _has_more(connection: Connection, published: Path) -> bool:
    parts = ledger_parts(connection)
    with _attached(connection, published, "(read_only)"):
        there = _columns_of_file(connection)
        return any(
            (part.schema, part.table) not in there
            or connection.execute(part.digest.format("")).fetchall()
            != connection.execute(part.digest.format("readers.")).fetchall()
            for part in parts
        )


def _columns_of_file(connection: Connection) -> dict[tuple[str, str], dict[str, str]]:
    columns: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_catalog = 'readers'"
    ).fetchall():
        columns.setdefault((schema, table), {})[column] = kind
    return columns


@contextmanager
def _next_file(connection: Connection, published: Path, *, copied: bool = False) -> Iterator[None]:
    """The file to be, attached as `readers`; afterwards it takes the old one's place."""
    part = published.with_suffix(".part")
    for leftover in (part, part.with_name(part.name + ".wal")):
        leftover.unlink(missing_ok=True)
    if copied:
        shutil.copyfile(published, part)
    with _attached(connection, part):
        yield
        connection.execute("checkpoint readers")
    sync_to_disk(part)
    part.replace(published)
    sync_to_disk(published.parent)


@contextmanager
def _attached(connection: Connection, file: Path, how: str = "") -> Iterator[None]:
    connection.execute(f"attach {literal(str(file))} as readers {how}")
    try:
        yield
    finally:
        with suppress(Exception):
            connection.rollback()
        connection.execute("detach readers")


def _noted(connection: Connection) -> tuple[str, int, int] | None:
    row = connection.execute(
        "select run_id, bytes, modified_ns from control.readers_file"
    ).fetchone()
    return (str(row[0]), int(row[1]), int(row[2])) if row else None


def _stamp(published: Path) -> tuple[int, int]:
    found = published.stat()
    return found.st_size, found.st_mtime_ns
