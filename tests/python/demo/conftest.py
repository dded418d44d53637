"""One demo of 1,000 people for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.contract import TABLES

from .rows import SPEC, write


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "raw"
    write(folder, SPEC, threads=2)
    return folder


@pytest.fixture(scope="session")
def raw(demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's files as tables of the contract's types."""
    with duckdb.connect() as connection:
        for table in TABLES:
            file = demo / ("events.parquet" if table.name == "events" else f"{table.name}.csv")
            source = f"read_csv('{file}', all_varchar = true)"
            if table.name == "events":
                source = f"read_parquet('{file}')"
            casts = [f"cast({c.name} as {c.type.value}) as {c.name}" for c in table.columns]
            connection.execute(
                f"create table {table.name} as select {', '.join(casts)}, "
                f"cast(_loaded_at as timestamp) as _loaded_at from {source}"
            )
        yield connection
