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
from orchestration.ingest.contract import LOADER_COLUMNS, TABLES
from orchestration.quality.gates import GATES, GateSession
from orchestration.quality.report import GateReport
from orchestration.quality.suites import read_checkpoint, read_suite
from orchestration.workspace import PROJECT

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


FAULTS = [
    (
        "arrival_raw",
        "alter table raw.deals drop column currency",
        "exactly the columns of the contract (raw.deals); for example missing currency",
    ),
    (
        "arrival_raw",
        "alter table raw.reps add column salary double",
        "exactly the columns of the contract (raw.reps); for example not expected salary",
    ),
    ("arrival_raw", "drop table raw.consents", "The table exists (raw.consents)"),
    ("arrival_raw", "delete from raw.contacts", "contacts where there are events"),
    (
        "arrival_raw",
        "update raw.events set _batch = null where event_id = 'event_id7'",
        "has its batch number (raw.events, column _batch): 1 of 200 rows",
    ),
    (
        "arrival_raw",
        "update raw.events set event_id = '', _batch = 7 where rowid < 120",
        "rows without their key (raw.events): 120 of 120 rows; for example _batch = 7",
    ),
    (
        "arrival_raw",
        "update raw.deals set updated_at = timestamp '1970-01-01'",
        "dated before 1990 or after they landed (raw.deals): 200 of 200 rows",
    ),
    (
        "arrival_staging",
        "insert into staging.stg_contacts from staging.stg_contacts where contact_id = 'c7'",
        "one version per instant (staging.stg_contacts): 1 of 201 rows; "
        "for example contact_id = c7",
    ),
    (
        "arrival_staging",
        "update staging.stg_contacts set email = 'Ann@Example.com' where contact_id = 'c7'",
        "lower case (staging.stg_contacts): 1 of 200 rows; for example email = Ann@Example.com",
    ),
    (
        "arrival_staging",
        "update staging.stg_events set occurred_at = '2199-01-01' where event_id = 'e3'",
        "before it landed (staging.stg_events): 1 of 200 rows",
    ),
    (
        "arrival_staging",
        "update staging.stg_deals set status = 'maybe' where deal_id = 'd3'",
        "Statuses are known (staging.stg_deals, column status): 1 of 10 rows; for example 'maybe'",
    ),
    (
        "arrival_staging",
        "update staging.staging_row_counts set rows_staged = 980 where table_name = 'contacts'",
        "Rows in are rows staged, duplicate or quarantined (staging.staging_row_counts): 10 ",
    ),
    (
        "arrival_staging",
        "update staging.staging_row_counts set rows_staged = 690, rows_quarantined = 305 "
        "where table_name = 'contacts'",
        "At most 20 % of a table's rows are in quarantine (staging.staging_row_counts): "
        "305 of 1,000 rows; for example table_name = contacts",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set stage = 'suspect' where lead_id = 'p1'",
        "or none (marts_next.crm_lead_status, column stage): 1 of 100 rows; for example 'suspect'",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set crm_contact_id = 'c1' where lead_id = 'p2'",
        "A CRM contact has one status",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set stage = 'opted_out' where lead_id = 'p2'",
        "Whoever opted out is not to be contacted",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set last_change_explanation_fr = null "
        "where lead_id = 'p2'",
        "an explanation in both languages",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set score = 5000 where lead_id = 'p2'",
        "not beyond all bounds (marts_next.crm_lead_status, column score): 1 of 100 rows",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set engagement_history = 'mail of ann@example.com'",
        "No text names an e-mail address",
    ),
    (
        "departure_crm",
        "alter table marts_next.crm_lead_status add column email varchar",
        "Nothing leaves but the columns agreed on (marts_next.crm_lead_status); "
        "for example not expected email",
    ),
]


@pytest.mark.parametrize(("gate", "fault", "words"), FAULTS)
def test_a_fault_shuts_the_gate(
    warehouse: Path, change: Change, gate: str, fault: str, words: str
) -> None:
    change(fault)
    report = run(warehouse, gate)
    assert words in report.failure_message()
    with pytest.raises(GateFailedError, match="What to do: "):
        report.raise_if_failed()


WARNINGS = [
    (
        "arrival_staging",
        "update staging.stg_events set event_type = 'fax' where event_id in ('e1', 'e2')",
        "in the signal catalogue (staging.stg_events): 2 of 200 rows; for example event_type = fax",
    ),
    (
        "arrival_staging",
        "update staging.staging_row_counts set rows_staged = 965, rows_quarantined = 30 "
        "where table_name = 'contacts'",
        "At most 2 % of a table's rows are in quarantine",
    ),
    (
        "departure_crm",
        "update marts_next.crm_lead_status set score = 130",
        "Scores are from 0 to 100",
    ),
]


@pytest.mark.parametrize(("gate", "fault", "words"), WARNINGS)
def test_a_warning_lets_the_run_go_on(
    warehouse: Path, change: Change, gate: str, fault: str, words: str
) -> None:
    change(fault)
    report = run(warehouse, gate)
    assert report.passed
    assert [words in str(warning) for warning in report.warnings] == [True]


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
        "create schema staging_then; create table staging_then.stg_events as from staging.stg_events"
    )
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
        assert columns == [column.name for column in (*table.columns, *LOADER_COLUMNS)]


def test_no_module_in_the_suites_folder() -> None:
    """The folder bears the library's name: a module in it would be imported in its place."""
    assert list((PROJECT / "great_expectations").rglob("*.py")) == []
    found = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["False", "False", "True", "True", "false"]


IMPORTS = """
import os, sys
os.environ["GX_ANALYTICS_ENABLED"] = "true"
from orchestration.quality.startup import great_expectations, preload
import orchestration.quality.gates
print("great_expectations" in sys.modules)
preload().join()
print("altair" in sys.modules)
import scipy.stats, altair
print(hasattr(scipy.stats, "norm"))
print(hasattr(great_expectations(), "get_context"))
print(os.environ["GX_ANALYTICS_ENABLED"])
"""
