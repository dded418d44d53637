"""A small warehouse, built and published as a user would, in which one person was erased."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from orchestration.demo.generate import make_demo
from orchestration.warehouse import Connection
from orchestration.warehouse.snapshot import open_snapshot
from orchestration.workspace import PROJECT, Workspace

PEOPLE = 150
LAST_DAY = date(2026, 3, 1)
AS_OF = "2026-03-02T00:00:00Z"
ERASED = "ct-0000041"


def leadger(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command of its own process; dbt keeps too much of a run in this one."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The warehouse; test processes side by side share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "audit_page"
    folder.mkdir(exist_ok=True)
    workspace = Workspace(folder / "w.duckdb")
    with FileLock(folder / "built.lock"):
        if not workspace.published.exists():
            raw = folder / "raw"
            make_demo(raw, people=PEOPLE, seed=7, until=LAST_DAY)
            _ask_for_erasure(raw / "consents.csv", ERASED)
            ended = leadger(
                *("run", "--raw", raw, "--as-of", AS_OF, "--warehouse", workspace.warehouse)
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
    return workspace


def _ask_for_erasure(consents: Path, contact_id: str) -> None:
    with consents.open(encoding="utf-8") as file:
        columns = next(csv.reader(file))
    asked = {
        "consent_id": "erase-1",
        "contact_id": contact_id,
        "occurred_at": f"{LAST_DAY} 09:00:00",
        "kind": "erasure",
        "_loaded_at": f"{LAST_DAY} 09:05:00",
    }
    with consents.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([asked.get(column, "") for column in columns])


@pytest.fixture
def marts(built: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """For queries written by hand."""
    with duckdb.connect(str(built.published), read_only=True) as connection:
        yield connection


@pytest.fixture
def snapshot(built: Workspace) -> Iterator[Connection]:
    """What the page reads."""
    with open_snapshot(built.readers) as connection:
        yield connection


@pytest.fixture
def empty(built: Workspace, tmp_path: Path) -> Workspace:
    """Marts that hold nobody yet."""
    workspace = Workspace(tmp_path / "empty.duckdb")
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(f"attach '{built.published}' as full_marts (read_only)")
        connection.execute("create schema marts")
        for (name,) in connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'full_marts' and table_schema = 'marts'"
        ).fetchall():
            connection.execute(
                f"create table marts.{name} as select * from full_marts.marts.{name} limit 0"
            )
    return workspace
