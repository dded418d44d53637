"""A small warehouse whose audit log four runs have written, and the ways to look at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.audit.chain import Head, seal
from orchestration.audit.tables import CHANGE_COLUMNS, LOG_COLUMNS, create_tables
from orchestration.audit.witness import witness
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import Workspace

Query = Callable[..., list[tuple[Any, ...]]]
FIRST_RUN_AT = datetime(2026, 3, 1, 2, 0)


def change(
    lead_id: str, number: int, day: int, stage: str | None, score: int = 10
) -> tuple[Any, ...]:
    """A stage change, in the order of `CHANGE_COLUMNS`."""
    return (
        f"{lead_id}@{day}",
        lead_id,
        number,
        datetime(2026, 2, day, 9),
        None if number == 1 else "lead",
        stage,
        "" if stage == "lead" else None,
        "email_click|pricing_page",
        f"ev-{day}",
        None if number == 1 else 5,
        score,
        "y????n",
        "y????y",
        0,
        "2026-01",
    )


def say(
    connection: Connection,
    run_id: str,
    recorded_at: datetime,
    statements: Sequence[tuple[str, str, tuple[Any, ...]]],
) -> Head:
    """What publishing does for one run, in one transaction: append statements and seal them."""
    connection.begin()
    create_tables(connection)
    rows = connection.execute("select count(*) from marts.lead_stage_audit").fetchall()[0][0]
    marks = ", ".join("?" * len(LOG_COLUMNS))
    for place, (statement, reason, content) in enumerate(statements, rows + 1):
        connection.execute(
            f"insert into marts.lead_stage_audit ({', '.join(LOG_COLUMNS)}) values ({marks})",
            [place, recorded_at, run_id, statement, reason, *content],
        )
    head = seal(connection, run_id=run_id, recorded_at=recorded_at)
    kinds = ", ".join(f"{name} {LOG_COLUMNS[name][0]}" for name in CHANGE_COLUMNS)
    connection.execute(f"create or replace table marts.lead_stage_changes ({kinds})")
    columns = ", ".join(CHANGE_COLUMNS)
    connection.execute(
        f"insert into marts.lead_stage_changes by name select {columns} "
        "from marts.lead_stage_audit qualify row_number() over (partition by change_id "
        "order by audit_id desc) = 1 and statement = 'asserted'"
    )
    connection.commit()
    return head


RUNS: dict[str, list[tuple[str, str, tuple[Any, ...]]]] = {
    "r1": [
        ("asserted", "new", change("c1", 1, 1, "lead")),
        ("asserted", "new", change("c1", 2, 5, "mql", 71)),
        ("asserted", "new", change("c2", 1, 6, "lead")),
    ],
    "r2": [
        ("retracted", "late_data", change("c1", 2, 5, "mql", 71)),
        ("asserted", "late_data", change("c1", 2, 5, "mql", 75)),
    ],
    "r3": [],
    # c2 turns out to be c1
    "r4": [
        ("retracted", "late_data", change("c2", 1, 6, "lead")),
        ("asserted", "new", change("c1", 3, 9, None, 0)),
    ],
}


def recorded_at(run_id: str) -> datetime:
    return FIRST_RUN_AT + timedelta(days=int(run_id[1:]) - 1)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a warehouse in which four runs have spoken, each witnessed."""
    space = Workspace(tmp_path_factory.mktemp("written") / "w.duckdb")
    with open_warehouse(space.warehouse) as connection:
        for run_id, statements in RUNS.items():
            say(connection, run_id, recorded_at(run_id), statements)
            witness(space, connection)
    return space.folder


@pytest.fixture
def workspace(written: Path, tmp_path: Path) -> Workspace:
    """That warehouse, to do with as one likes."""
    shutil.copytree(written, tmp_path / "audit")
    return Workspace(tmp_path / "audit" / "w.duckdb")


@pytest.fixture
def query(workspace: Workspace) -> Query:
    """Run SQL on the warehouse."""

    def run(sql: str, *values: object) -> list[tuple[object, ...]]:
        with open_warehouse(workspace.warehouse) as connection:
            return connection.execute(sql, list(values) or None).fetchall()

    return run
