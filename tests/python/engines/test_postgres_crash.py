"""Killed as a step begins, a run on a server leaves its readers whole marts, and no lock.

The next run ends as if nothing had happened: the marts are those of a DuckDB file that was never
disturbed.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from engines.conftest import Query
from engines.test_postgres_job import rows_of
from orchestration.demo.generate import make_demo
from orchestration.warehouse import Database, Place
from pipeline.killing import run
from pipeline.slicing import cut, read_raw, write_rows

pytestmark = pytest.mark.postgres

AS_OF = datetime(2026, 6, 1)
TELLS_OF_RUNS = ("marts.lead_stage_audit", "marts.audit_digests")
"""What every run adds to; a killed one may have spoken before."""


def marts(place: Place) -> dict[str, list[str]]:
    return {
        name: rows
        for name, rows in rows_of(place).items()
        if name.startswith("marts.") and name not in TELLS_OF_RUNS
    }


def test_killed_on_a_server(tmp_path: Path, database: Database, query: Query) -> None:
    make_demo(tmp_path / "demo", people=150, seed=5, until=date(2026, 5, 30))
    halves = cut(read_raw(tmp_path / "demo", AS_OF), 2, "crash", ["in_order"])
    first, second = (write_rows(half, tmp_path / f"half-{n}") for n, half in enumerate(halves))
    file = tmp_path / "undisturbed.duckdb"
    for raw in (first, second):
        run(file, raw, AS_OF)

    run(database, first, AS_OF, kill_at="crm")
    before = marts(database)
    assert before["marts.leads"]
    for step in ("staging", "marts", "publish"):
        run(database, second, AS_OF, kill_at=step)
        assert marts(database) == before, f"killed at {step}, the marts changed"
    run(database, second, AS_OF)
    expected, found = marts(file), marts(database)
    assert found != before
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    assert (
        query(
            "select object_id, properties::varchar from crm_sync.sync_records "
            "where outcome = 'acknowledged' group by object_id, properties::varchar "
            "having count(*) > 1"
        )
        == []
    ), "told twice"
