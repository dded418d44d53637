"""Each fault shuts the right gate, or warns, and says what, where, how many and an example."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import GateFailedError
from orchestration.ingest.contract import TABLES
from orchestration.quality.gates import GATES, GateSession
from orchestration.quality.report import GateReport
from orchestration.quality.suites import read_checkpoint, read_suite

Change = Callable[[str], None]


def run(warehouse: Path, gate: str, **schemas: str) -> GateReport:
    return GateSession(warehouse, "run-1", warehouse.parent / "docs").run(gate, schemas=schemas)


@pytest.mark.parametrize("gate", GATES)
def test_sound_data_passes(warehouse: Path, gate: str) -> None:
    report = run(warehouse, gate)
    assert report.passed, report.failure_message()
    assert report.warnings == []
    assert report.failure_message() == ""
    assert all(outcome.owner and outcome.checked_rows is not None for outcome in report.outcomes)
    report.raise_if_failed()


# Faults of one gate that do not touch each other: they are all made in one warehouse.
FAULTS = {
    "arrival_raw": [
        (
            "alter table raw.deals drop column currency",
            "exactly the columns of the contract (raw.deals); for example missing currency",
        ),
        (
            "alter table raw.reps add column salary double",
            "exactly the columns of the contract (raw.reps); for example not expected salary",
        ),
        ("delete from raw.contacts", "contacts where there are events"),
        (
            "update raw.consents set _batch = null where consent_id = 'consent_id7'",
            "has its batch number (raw.consents, column _batch): 1 of 200 rows",
        ),
        (
            "update raw.events set event_id = '', _batch = 7 where rowid < 120",
            "rows without their key (raw.events): 120 of 120 rows; for example _batch = 7",
        ),
        (
            "update raw.deals set updated_at = timestamp '1970-01-01'",
            "dated before 1990 or after they landed (raw.deals): 200 of 200 rows",
        ),
    ],
    "arrival_staging": [
        (
            "insert into staging.stg_contacts from staging.stg_contacts where contact_id = 'c7'",
            "one version per instant (staging.stg_contacts): 1 of 201 rows; "
            "for example contact_id = c7",
        ),
        (
            "update staging.stg_contacts set email = 'Ann@Example.com' where contact_id = 'c8'",
            "lower case (staging.stg_contacts): 1 of 201 rows; for example email = A***@E***.com",
        ),
        (
            "update staging.stg_events set occurred_at = '2199-01-01' where event_id = 'e3'",
            "before it landed (staging.stg_events): 1 of 200 rows",
        ),
        (
            "update staging.stg_deals set status = 'maybe' where deal_id = 'd3'",
            "Statuses are known (staging.stg_deals, column status): 1 of 10 rows; "
            "for example 'maybe'",
        ),
        (
            "update staging.staging_row_counts set rows_staged = 190 where table_name = 'events'",
            "Rows in are rows staged, duplicate or quarantined (staging.staging_row_counts): 10 ",
        ),
        (
            "update staging.staging_row_counts set rows_staged = 690, rows_quarantined = 305 "
            "where table_name = 'contacts'",
            "At most 20 % of a table's rows are bad (staging.staging_row_counts): "
            "305 of 1,000 rows; for example table_name = contacts",
        ),
        ("drop table staging.stg_consents", "The table exists (staging.stg_consents)"),
    ],
    "departure_crm": [
        (
            "update marts_next.crm_lead_status set stage = 'suspect' where lead_id = 'p1'",
            "or none (marts_next.crm_lead_status, column stage): 1 of 100 rows; "
            "for example 'suspect'",
        ),
        (
            "update marts_next.crm_lead_status set crm_contact_id = 'c1' where lead_id = 'p2'",
            "A CRM contact has one status",
        ),
        (
            "update marts_next.crm_lead_status set stage = 'opted_out' where lead_id = 'p2'",
            "Whoever opted out is not to be contacted",
        ),
        (
            "update marts_next.crm_lead_status set last_change_explanation_fr = null "
            "where lead_id = 'p2'",
            "an explanation in both languages",
        ),
        (
            "update marts_next.crm_lead_status set score = 5000 where lead_id = 'p2'",
            "not beyond all bounds (marts_next.crm_lead_status, column score): 1 of 100 rows",
        ),
        (
            "update marts_next.crm_lead_status set engagement_history = 'mail of ann@example.com'",
            "No text names an e-mail address",
        ),
        (
            "alter table marts_next.crm_lead_status add column email varchar",
            "Nothing leaves but the columns agreed on (marts_next.crm_lead_status); "
            "for example not expected email",
        ),
    ],
}


@pytest.mark.parametrize("gate", GATES)
def test_faults_shut_the_gate(warehouse: Path, change: Change, gate: str) -> None:
    for fault, _ in FAULTS[gate]:
        change(fault)
    report = run(warehouse, gate)
    message = report.failure_message()
    assert [words for _, words in FAULTS[gate] if words not in message] == []
    assert len(report.blocking_failures) == len(FAULTS[gate]), message
    with pytest.raises(GateFailedError, match="What to do: "):
        report.raise_if_failed()


WARNINGS = {
    "arrival_staging": [
        (
            "update staging.stg_events set event_type = 'fax' where event_id in ('e1', 'e2')",
            "in the signal catalogue (staging.stg_events): 2 of 200 rows; "
            "for example event_type = fax",
        ),
        (
            "update staging.staging_row_counts set rows_staged = 965, rows_quarantined = 30 "
            "where table_name = 'contacts'",
            "At most 2 % of a table's rows are in quarantine",
        ),
    ],
    "departure_crm": [
        ("update marts_next.crm_lead_status set score = 130", "Scores are from 0 to 100"),
    ],
}


@pytest.mark.parametrize("gate", WARNINGS)
def test_warnings_let_the_run_go_on(warehouse: Path, change: Change, gate: str) -> None:
    for fault, _ in WARNINGS[gate]:
        change(fault)
    report = run(warehouse, gate)
    assert report.passed, report.failure_message()
    found = sorted(map(str, report.warnings))
    assert len(found) == len(WARNINGS[gate])
    assert [words for _, words in WARNINGS[gate] if words not in "; ".join(found)] == []


def test_a_few_bad_rows_are_left_to_the_quarantine(warehouse: Path, change: Change) -> None:
    change("delete from raw.deals where rowid >= 3; update raw.deals set deal_id = null")
    change(
        "update staging.staging_row_counts set rows_in = 3, rows_staged = 0, rows_quarantined = 3 "
        "where table_name = 'events'"
    )
    assert run(warehouse, "arrival_raw").passed
    assert run(warehouse, "arrival_staging").passed


def test_an_empty_folder_is_no_history(warehouse: Path, change: Change) -> None:
    change("; ".join(f"delete from raw.{table.name}" for table in TABLES))
    message = run(warehouse, "arrival_raw").failure_message()
    assert "There is at least one row in some table (raw.contacts)" in message


def test_schemas_of_a_time_travel_run(warehouse: Path, change: Change) -> None:
    change(
        "create schema marts_then; create table marts_then.crm_lead_status as "
        "select * replace ('suspect' as stage) from marts_next.crm_lead_status"
    )
    report = run(warehouse, "departure_crm", marts_next="marts_then")
    assert "marts_then.crm_lead_status, column stage): 100 of 100 rows" in report.failure_message()


def test_the_file_is_free_afterwards(warehouse: Path, change: Change) -> None:
    change("update marts_next.crm_lead_status set stage = 'suspect'")
    run(warehouse, "departure_crm").failure_message()
    # Another process can write at once, and this one can open it with other settings.
    with duckdb.connect(str(warehouse), config={"threads": 1}) as connection:
        connection.execute("create table main.free as select 1 as x")
    subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(warehouse)!r}).close()"],
        check=True,
    )


def test_data_docs_and_results_are_kept(warehouse: Path, tmp_path: Path) -> None:
    session = GateSession(warehouse, "run-1", tmp_path / "docs")
    for gate in ("arrival_staging", "departure_crm"):
        session.run(gate)
    page = session.build_docs()
    assert "departure_crm.crm_lead_status" in page.read_text(encoding="utf-8")
    pages = list((tmp_path / "docs" / "validations").rglob("*.html"))
    assert len(pages) == 8
    for html in pages:
        assert "amazonaws" not in html.read_text(encoding="utf-8")
    kept = tmp_path / "docs" / "results" / "run-1.departure_crm.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["passed"] is True

    GateSession(warehouse, "run-2", tmp_path / "docs").build_docs()
    assert kept.exists()


def test_the_raw_suites_have_the_columns_of_the_contract() -> None:
    suites = {each.table: each.suite for each in read_checkpoint("arrival_raw").validations}
    assert list(suites) == [table.name for table in TABLES]
    for table in TABLES:
        columns = read_suite(suites[table.name]).expectations[0].kwargs["column_set"]
        assert columns == [column.name for column in table.stored]


def test_rows_that_wait_for_their_contact_are_not_bad(warehouse: Path, change: Change) -> None:
    change(
        "update staging.staging_row_counts set rows_staged = 190, rows_quarantined = 805, "
        "rows_waiting = 800 where table_name = 'contacts'"
    )
    assert run(warehouse, "arrival_staging").passed


NEW_EVENTS = [
    (
        "insert into staging.stg_events select 'e3', occurred_at, 'fax', 'Eve@example.com', "
        "_loaded_at, 1, 2 from staging.stg_events limit 1",
        [
            "Every event is there once (staging.stg_events): 1 of 2 rows; "
            "for example event_id = e3, times = 2",
            "in lower case (staging.stg_events): 1 of 2 rows",
        ],
    ),
    (
        "insert into staging.stg_events values "
        "('e900', timestamp '2199-01-01', 'page_view', null, timestamp '2026-01-02', 1, null)",
        ["before it landed (staging.stg_events): 1 of 2 rows"],
    ),
]


def test_only_what_is_new_is_looked_at(warehouse: Path, change: Change, tmp_path: Path) -> None:
    change("update staging.stg_events set occurred_at = '2199-01-01' where event_id = 'e7'")
    for fault, _ in NEW_EVENTS:
        change(fault)
    report = GateSession(warehouse, "run-1", tmp_path).run("arrival_staging", passed_batch=1)
    message = report.failure_message()
    assert [words for _, found in NEW_EVENTS for words in found if words not in message] == []
    assert len(report.blocking_failures) == 3, message
    rows = {each.table: each.checked_rows for each in report.outcomes if each.success}
    assert rows["staging.stg_events"] == 2
    assert rows["staging.stg_sales_activities"] == 0
    assert rows["staging.stg_contacts"] == 200
