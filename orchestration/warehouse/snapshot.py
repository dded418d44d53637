"""What readers see at one instant, whatever a run publishes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import UnusableInputError
from orchestration.warehouse import open_warehouse
from orchestration.warehouse.connection import Connection, Row, Values, literal
from orchestration.warehouse.duckdb_file import DuckDBConnection
from orchestration.warehouse.places import Place


@contextmanager
def open_snapshot(place: Place) -> Iterator[Connection]:
    """Where readers find the marts, read only: as it stands now, and so until it is closed.

    Args:
        place: the published file, or the database.

    Raises:
        UnusableInputError: it is not there, or cannot be opened.
    """
    if isinstance(place, Path):
        with _file_as_it_stands(place) as connection:
            yield connection
        return
    with open_warehouse(place, read_only=True) as connection:
        connection.execute(
            "set session characteristics as transaction isolation level repeatable read"
        )
        with connection.transaction():
            yield connection


@contextmanager
def _file_as_it_stands(path: Path) -> Iterator[Connection]:
    """A file, attached to a DuckDB of its own.

    Connections to a path share what the first of them opened: as long as one reader goes on with
    the file of yesterday, new ones would see yesterday, too.
    """
    if not path.exists():
        raise UnusableInputError(f"There is nothing published at {path}. Run: leadger run")
    with duckdb.connect(":memory:") as raw:
        try:
            raw.execute(f"attach {literal(str(path))} as readers (read_only)")
        except (duckdb.Error, OSError) as error:
            raise UnusableInputError(f"{path} cannot be read: {error}") from error
        raw.execute("use readers")
        raw.execute("set enable_external_access = false")  # nothing but this file
        yield _Attached(raw)


class _Attached(DuckDBConnection):
    """Whose cursors, too, look into the file that is attached."""

    def stream(self, sql: str, values: Values) -> Iterator[Row]:
        with self.raw.cursor() as cursor:
            cursor.execute("use readers")
            cursor.execute(sql, dict(values) if isinstance(values, Mapping) else list(values))
            while rows := cursor.fetchmany(5_000):
                yield from rows
