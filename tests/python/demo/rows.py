"""Writing a demo and asking what is in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.demo.tables import DemoSpec, write_tables

SPEC = DemoSpec(people=1000, seed=7, until=date(2026, 6, 30))


def write(folder: Path, spec: DemoSpec, threads: int | None = None) -> dict[str, int]:
    folder.mkdir(parents=True)
    return write_tables(folder, spec, spill=folder.with_suffix(".spill"), threads=threads)


def values(connection: duckdb.DuckDBPyConnection, query: str) -> set[Any]:
    return {row[0] for row in connection.execute(query).fetchall()}


def value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
