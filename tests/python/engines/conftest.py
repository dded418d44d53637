"""The servers that tests of other engines talk to, one per test process."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines import postgres_server
from engines.postgres_server import USER, Server
from orchestration.warehouse import Database, open_warehouse
from orchestration.warehouse.spark_session import local_session
from orchestration.workspace import DEFAULT_WAREHOUSE, Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUICK_TO_START = {
    # with so few rows, planning and compiling cost more than running
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}

Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = local_session(tmp_path_factory.mktemp("spark"), settings=QUICK_TO_START)
    yield session
    session.stop()


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
