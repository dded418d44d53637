"""The warehouse, and the one home of what differs between engines.

Everything else speaks to a `Connection` in SQL that DuckDB and PostgreSQL read alike, and to a
`Warehouse` about the whole of it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from orchestration.warehouse.connection import Connection, Result, Row, Values, Words
from orchestration.warehouse.engine import Loading, Warehouse
from orchestration.warehouse.places import Database, Place, beside, layout_name, parse_place

__all__ = [
    "Connection",
    "Database",
    "Loading",
    "Place",
    "Result",
    "Row",
    "Values",
    "Warehouse",
    "Words",
    "beside",
    "layout_name",
    "open_warehouse",
    "parse_place",
    "warehouse_at",
]


def warehouse_at(place: Place) -> Warehouse:
    """The warehouse at a place; its engine's library is imported when one is there."""
    if isinstance(place, Path):
        from orchestration.warehouse.duckdb_file import DuckDBFile

        return DuckDBFile(place)
    from orchestration.warehouse.postgres import PostgresDatabase

    return PostgresDatabase(place)


def open_warehouse(place: Place, *, read_only: bool = False) -> AbstractContextManager[Connection]:
    """A connection to a warehouse; raises `UnusableInputError` when it cannot be opened."""
    return warehouse_at(place).open(read_only=read_only)
