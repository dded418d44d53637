"""Rewriting the warehouse file: a database keeps the bytes of deleted rows in blocks it has freed.

The file is copied, table by table, into a new one that takes its place and its name; a process
killed at any moment leaves the old one whole.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.errors import UnusableInputError
from orchestration.ingest.casts import identifier, literal
from orchestration.warehouse.memory import connect
from orchestration.workspace import sync_to_disk

_ALIAS = "leadger_compacted"


def compact(warehouse: Path) -> None:
    """Replace the file by a copy of what is in it: tables, views, sequences, constraints, comments.

    Args:
        warehouse: a DuckDB file that nobody has open; it needs as much room again on its disk.

    Raises:
        UnusableInputError: the file cannot be copied; it is as it was.
    """
    part = leftover_of(warehouse)
    _delete(part)
    try:
        with connect(warehouse) as connection:
            connection.execute("checkpoint")
            name, options = connection.execute(
                "select database_name, tags from duckdb_databases() "
                "where database_name = current_database()"
            ).fetchall()[0]
            version = str(options.get("storage_version", "latest")).rstrip("+")
            connection.execute(
                f"attach {literal(str(part))} as {_ALIAS} (storage_version {literal(version)})"
            )
            connection.execute(f"copy from database {identifier(name)} to {_ALIAS}")
            connection.execute(f"checkpoint {_ALIAS}")
            connection.execute(f"detach {_ALIAS}")
    except duckdb.Error as error:
        _delete(part)
        raise UnusableInputError(
            f"{warehouse} cannot be rewritten without what was erased: {error}"
        ) from error
    part.chmod(warehouse.stat().st_mode & 0o777)
    sync_to_disk(part)
    part.replace(warehouse)
    sync_to_disk(warehouse.parent)


def leftover_of(warehouse: Path) -> Path:
    """The file a rewrite that was cut short leaves behind."""
    return warehouse.with_name(warehouse.name + ".compacting")


def _delete(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".wal").unlink(missing_ok=True)
