"""The servers that tests of other engines talk to, one per test process."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines import postgres_server
from engines.postgres_server import USER, Server
from orchestration.warehouse import Database, open_warehouse
from orchestration.workspace import DEFAULT_WAREHOUSE, Workspace

Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def database(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty database as leadger names it, with the password where libpq looks for it."""
    place = Database(USER, "127.0.0.1", postgres.port, f"test_{uuid.uuid4().hex[:12]}")
    postgres.create_database(place.name)
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    yield place
    postgres.psql(f'drop database "{place.name}" with (force)')
    for path in DEFAULT_WAREHOUSE.parent.glob(f"{place.stem}.*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.fixture
def space(database: Database, tmp_path: Path) -> Workspace:
    """That database, with the files that belong to it out of the project's way."""
    return Workspace(database, tmp_path)


@pytest.fixture
def query(database: Database) -> Query:
    """Run SQL on the database."""

    def run(sql: str, *values: object) -> list[tuple[object, ...]]:
        with open_warehouse(database) as connection:
            found = connection.execute(sql, list(values) or None)
            return found.fetchall() if found.description else []

    return run
