"""What a plan costs after a rollback of many records, or when nobody answered for many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.crm import TABLES
from orchestration.crm.ledger import Ledger
from orchestration.crm.mapping import CrmMapping, read_mapping
from orchestration.crm.planning import Plan, make_plan
from orchestration.crm.standing import standing_of
from orchestration.warehouse.duckdb_file import DuckDBConnection

RECORDS = 10_000
LITTLE = "250MB"
"""Half of what the statement took when each value was looked for in each later step."""

STEP = """
insert into crm_sync.sync_records (run, sequence, destination, object_id, lead_id, change_id,
    properties, before, attempt, outcome, error_category, recorded_at)
select '{run}', sequence, destination, object_id, lead_id, change_id, {says}, before, attempt,
    '{outcome}', {category}, timestamp '2026-01-01'
from crm_sync.sync_records where run = 'r1' and outcome = 'planned' order by sequence
"""
EMPTIED = r"""json(regexp_replace(cast(properties as varchar), ':"[^"]*"', ':""', 'g'))"""


class Nowhere:
    """A CRM that takes properties."""

    name = "hubspot"
    takes_whole_rows = False


@pytest.fixture
def many(tmp_path: Path) -> DuckDBConnection:
    """Ten thousand records that were planned in `r1`; nothing is spilt to the disk."""
    raw = duckdb.connect(str(tmp_path / "w.duckdb"))
    raw.execute(TABLES.replace("$records", str(RECORDS)))
    raw.execute("set threads = 1")
    connection = DuckDBConnection(raw)
    ledger = Ledger(connection, "hubspot")
    ledger.create_tables()
    plan(connection, read_mapping("hubspot"))
    ledger.begin("r1", mode="push", state="done", started_by="test", planned=RECORDS)
    ledger.plan_all("r1")
    return connection


def plan(connection: DuckDBConnection, mapping: CrmMapping) -> Plan:
    crm: Any = Nowhere()
    with connection.transaction():
        return make_plan(connection, mapping, crm)


def step(
    connection: DuckDBConnection,
    outcome: str,
    run: str = "r1",
    says: str = "properties",
    category: str = "null",
) -> None:
    connection.execute(STEP.format(run=run, outcome=outcome, says=says, category=category))


def with_little_memory(connection: DuckDBConnection) -> None:
    connection.execute("checkpoint")
    connection.execute(f"set memory_limit = '{LITTLE}'; set temp_directory = ''")


def test_after_a_rollback(many: DuckDBConnection) -> None:
    step(many, "sent")
    step(many, "acknowledged")
    Ledger(many, "hubspot").begin(
        "rollback-r1", mode="rollback", state="done", started_by="test", planned=RECORDS
    )
    step(many, "rejected", "rollback-r1", category="'ROLLED_BACK'")
    step(many, "sent", "rollback-r1", EMPTIED)
    step(many, "acknowledged", "rollback-r1", EMPTIED)
    with_little_memory(many)
    assert plan(many, read_mapping("hubspot")).records == 0
    standing = standing_of(many, "hubspot")
    assert (standing.rolled_back, standing.rolled_back_properties) == (RECORDS, 19 * RECORDS)
    many.execute("update marts.crm_lead_status set temperature = 'hot' where score < 10")
    assert plan(many, read_mapping("hubspot")).records == RECORDS // 10


def test_when_nobody_answered(many: DuckDBConnection) -> None:
    step(many, "sent")
    step(many, "unknown")
    with_little_memory(many)
    found = plan(many, read_mapping("hubspot"))
    assert found.records == RECORDS + RECORDS // 50
    first = next(found.changes(1, 1))
    assert {first.ours[name][0] for name in first.properties} == {"true"}
    many.execute("update marts.crm_lead_status set temperature = 'hot'")
    changed = list(plan(many, read_mapping("hubspot")).changes(1, found.records))
    ours = {value for each in changed for value in each.ours.get("leadger_temperature", ())}
    assert ours == {"warm"}
