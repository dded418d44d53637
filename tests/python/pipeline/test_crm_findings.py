"""What people edit in a CRM against the marts is a finding, from the run after the sync that saw it
until the CRM takes what the marts say."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.demo.generate import make_demo
from orchestration.workspace import PROJECT

AS_OF = datetime(2026, 6, 1)
FINDINGS = (
    "select evidence, lead_id, severity from marts.audit_findings where finding = 'crm_disagrees'"
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crm_findings")
    make_demo(folder / "raw", people=60, seed=5, until=date(2026, 6, 1))
    place = folder / "w.duckdb"
    run(place, "--raw", str(folder / "raw"))
    return place


def run(warehouse: Path, *arguments: str) -> str:
    """`leadger run`; gives what it says."""
    command = [sys.executable, "-m", "orchestration", "run", "--as-of", AS_OF.isoformat()]
    done = subprocess.run(
        [*command, "--warehouse", str(warehouse), *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def query(warehouse: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse)) as connection:
        return connection.execute(sql, list(values)).fetchall()


def test_an_edit_in_the_crm_is_a_finding_until_it_is_settled(warehouse: Path) -> None:
    assert query(warehouse, FINDINGS) == []
    ((contact, lead),) = query(
        warehouse,
        "select crm_contact_id, lead_id from marts.crm_lead_status order by crm_contact_id limit 1",
    )
    before = query(warehouse, "select * from marts.audit_findings order by finding_id")
    seen = datetime(2026, 5, 31, 12)
    query(
        warehouse,
        "insert into crm_sync.sync_conflicts values ('s1', 'hubspot', ?, ?, 'leadger_score', "
        "'rep_wins', '72', '60', '5', 'CRM_UI user 7', '2026-05-30', ?)",
        *(contact, lead, seen),
    )
    assert re.search(r"Recomputed +1 of ", run(warehouse))
    evidence = f"crm=hubspot, record={contact}, property=leadger_score"
    assert query(warehouse, FINDINGS) == [(evidence, lead, "low")]
    assert "nobody: nothing changed" in run(warehouse)
    run(warehouse, "--full-refresh")
    assert query(warehouse, FINDINGS) == [(evidence, lead, "low")]
    query(
        warehouse,
        "insert into crm_sync.sync_records (run, sequence, destination, object_id, lead_id, "
        "properties, before, outcome, attempt, recorded_at) values ('s2', 1, 'hubspot', ?, ?, "
        "'{\"leadger_score\": \"72\"}', '{}', 'acknowledged', 1, ?)",
        *(contact, lead, seen + timedelta(hours=1)),
    )
    run(warehouse)
    assert query(warehouse, FINDINGS) == []
    assert query(warehouse, "select * from marts.audit_findings order by finding_id") == before


def test_time_travel_judges_what_arrived_and_no_crm(warehouse: Path) -> None:
    query(
        warehouse,
        "insert into crm_sync.sync_conflicts select 's3', 'hubspot', crm_contact_id, lead_id, "
        "'leadger_score', 'rep_wins', '1', '2', '3', null, null, timestamp '2026-05-31 12:00' "
        "from marts.crm_lead_status limit 1",
    )
    run(warehouse, "--known-at", "2026-06-01T00:00:00")
    schemas = query(
        warehouse,
        "select distinct table_schema from information_schema.tables "
        "where table_name = 'audit_findings' and table_schema <> 'marts'",
    )
    assert schemas
    for (schema,) in schemas:
        there = FINDINGS.replace("marts.", f'"{schema}".')
        assert query(warehouse, there) == []
