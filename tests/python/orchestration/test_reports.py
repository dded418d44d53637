"""The summary, the story of a person and the status, from figures made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console, RenderableType

from orchestration.errors import UnusableInputError
from orchestration.reports.changes import changes_since_published
from orchestration.reports.explain import explain_lead
from orchestration.reports.progress import LiveProgress, PlainProgress
from orchestration.reports.render import render
from orchestration.reports.status import status_of
from orchestration.reports.summary import Checks, StepTime, Summary, TableCounts
from orchestration.run_log import RunLog

SUMMARY = Summary(
    run_id="r",
    state="done",
    is_regular=True,
    is_dry=False,
    as_of=datetime(2026, 11, 22, 12),
    known_at=None,
    seconds=41.4,
    peak_memory_mb=1812,
    warehouse="/w/leadger.duckdb",
    marts="marts",
    published="/w/leadger.published.duckdb",
    tables=[TableCounts("contacts", 1200, 1190, 7, 3), TableCounts("reps", 0, 0, 0, 0)],
    population={"events_anonymous": 14, "events_stitched": 9},
    stages={"lead": 800, "mql": 40, "opted_out": 2},
    ever={"lead": 900, "mql": 120, "sql": 30, "prospect": 8, "customer": 1},
    changes={"mql": 12, "no stage": 2, "withdrawn": 1},
    checks=Checks(60, 59, 98, 97, 1, ["stg_events: types are known, 4 row(s)"]),
    unmapped={"podcast": 4},
    findings={"merge_cycle": 2},
    crm={"planned": 5, "acknowledged": 5},
    crm_file="/w/leadger.outbox/crm.csv",
    steps=[StepTime("load", "done", 2.0), StepTime("marts", "done", 20.5)],
    example_lead="ada@example.com",
)


def shown(report: RenderableType) -> str:
    console = Console(width=100, force_terminal=False, highlight=False)
    with console.capture() as captured:
        console.print(report, crop=False)
    return captured.get()


def test_the_summary_that_is_kept_names_nobody() -> None:
    kept = replace(
        SUMMARY, failure="line 3: found 'Ada', expected a date; ada@example.com"
    ).as_dict()
    assert kept["failure"] == "line 3: found '***', expected a date; a***@e***.com"
    assert "ada" not in str(kept)


def test_the_summary_says_everything_in_a_screen() -> None:
    text = shown(render(SUMMARY))
    for said in (
        "Done in 41 s",
        "judged at 2026-11-22 12:00 UTC",
        "peak memory 1,812 MB",
        "1,200   1,190          7            3",
        "MQL                  40  120                  +12",
        "59 of 60 expectations met",
        "97 of 98 dbt tests passed",
        "warning: stg_events: types are known, 4 row(s)",
        "14 events of nobody, 9 given to people",
        "2 fell out of every stage",
        "1 stage changes no longer hold",
        "4 podcast not in the signal catalogue",
        "2 merge_cycle",
        "5 planned, 5 acknowledged",
        "load files 2.0 · build marts 20.5 · starting 18.9",
        "/w/leadger.published.duckdb",
        "explain ada@example.com --warehouse /w/leadger.duckdb",
        "make ui",
    ):
        assert " ".join(said.split()) in " ".join(text.split())
    assert "reps" not in text
    tables = text.partition("Marts for BI")[0]
    assert max(len(line.rstrip()) for line in tables.splitlines()) <= 100


def test_a_failed_run_says_why_and_what_stayed_as_it_was() -> None:
    failed = replace(SUMMARY, state="failed", failure="The gate is shut.\n- 3 rows", published=None)
    text = shown(render(failed))
    assert "Stopped in 41 s" in text
    assert "The gate is shut." in text
    assert "The marts in use and the CRM are as they were before this run." in text
    assert "Try next" not in text


def test_a_dry_run_and_a_journey_say_where_their_marts_are() -> None:
    dry = shown(render(replace(SUMMARY, is_dry=True, published=None)))
    assert "Dry run done" in dry
    assert "Nothing was changed" in dry
    travel = replace(
        SUMMARY, is_regular=False, published=None, changes=None, crm=None, marts="marts__as_of_x"
    )
    text = shown(render(travel))
    assert "schema marts__as_of_x of /w/leadger.duckdb" in text
    assert "entered in this run" not in text


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(MARTS)
    RunLog(file).prepare()
    yield file


MARTS = """
create schema marts; create schema marts_next; create schema raw; create schema crm_sync;
create table marts.lead_aliases as select * from (values
    ('c1', 'c1', 'ada@example.com'), ('c1', 'c2', 'ada@old.example'), ('c9', 'c9', null)
) as t(lead_id, contact_id, email);
create table marts.leads as select
    'c1' as lead_id, 'ada@example.com' as email, 'Ada' as first_name, 'Byron' as last_name,
    'analyst' as job_title, 'k1' as company_id, 'prospect' as stage, 'hot' as temperature,
    timestamp '2026-03-01 10:00' as stage_since, 43 as engagement_score, 32 as fit_score,
    75 as score, 'A' as icp_grade, true as box_icp_fit, null::boolean as box_need,
    false as box_budget, null::boolean as box_authority, null::boolean as box_timing,
    true as box_engagement, 'Call within the hour' as next_action, true as is_call_recommended,
    true as is_contactable;
create table marts.lead_stage_changes as select * from (values
    ('a', 'c1', 1, 'mql', timestamp '2026-03-01 09:00', 'Became an MQL.', 'Devient MQL.'),
    ('b', 'c1', 2, 'prospect', timestamp '2026-03-01 10:00', 'Became a prospect.', 'Prospect.')
) as t(change_id, lead_id, change_number, to_stage, changed_at, explanation_en, explanation_fr);
create table marts_next.lead_stage_changes as select * from (values
    ('b', 'c1', 1, 'prospect'), ('c', 'c1', 2, 'customer'), ('d', 'c2', 1, null)
) as t(change_id, lead_id, change_number, to_stage);
create table marts.lead_score_ledger as select * from (values
    ('1', 'c1', timestamp '2026-03-01 08:00', 'fit', 'icp_fit', 'fit', 32, 32, null),
    ('2', 'c1', timestamp '2026-03-01 09:00', 'credit', 'demo_booked', 'high_intent', 35, 35, null),
    ('3', 'c1', timestamp '2026-03-01 09:30', 'credit', 'whitepaper_downloaded', 'content', 8, 8,
     null),
    ('4', 'c1', timestamp '2026-03-01 09:40', 'credit', 'pricing_page', 'web', 8, 0, 'day_cap'),
    ('5', 'c1', timestamp '2026-03-01 09:50', 'credit', 'email_open', 'email', 0, 0, null)
) as t(entry_id, lead_id, entry_at, entry_type, signal, score_group, points, points_counted,
       cap_reason);
create table crm_sync.sync_records as select
    1 as record_id, 'r' as run, 1 as sequence, 'files' as destination, 'c2' as object_id,
    'c1' as lead_id, '{"stage": "prospect", "score": "75"}' as properties,
    '{"stage": "mql", "score": null}' as before, 'acknowledged' as outcome, null as reason,
    timestamp '2026-03-02 02:30' as recorded_at;
create table raw.contacts as select
    1 as _batch, timestamp '2026-03-01 00:00' as _loaded_at from range(3);
"""


@pytest.mark.parametrize("name", ["c1", "c2", "ADA@Example.com", "ada@old.example"])
def test_a_person_is_found_by_any_of_their_names(warehouse: Path, name: str) -> None:
    text = shown(explain_lead(warehouse, name, "en"))
    for said in (
        "Ada Byron · analyst · ada@example.com",
        "also known as c2",
        "prospect since 2026-03-01 10:00 · hot · score 75 = engagement 43 + fit 32 (grade A)",
        "✓ target   ? need   ✗ budget",
        "Became a prospect.",
        "Call within the hour",
        "day_cap",
        "1 lines of no points are not shown",
        "files c2 acknowledged  stage mql → prospect, score 75",
    ):
        assert said in text
    counted = [line for line in text.splitlines() if "  credit  " in line or "  fit  " in line]
    assert [line.split()[-1] for line in counted if "day_cap" not in line] == ["32", "67", "75"]


def test_the_story_in_french(warehouse: Path) -> None:
    text = shown(explain_lead(warehouse, "c1", "fr"))
    assert "Le score, ligne à ligne" in text
    assert "chaud" in text
    assert "Devient MQL." in text


def test_a_contact_without_a_stage_and_a_stranger(warehouse: Path) -> None:
    assert "only a contact" in shown(explain_lead(warehouse, "c9", "en"))
    with pytest.raises(UnusableInputError, match=r"Nobody in the marts.*'x@y\.z'"):
        explain_lead(warehouse, "x@y.z", "en")
    with pytest.raises(UnusableInputError, match="no warehouse"):
        explain_lead(warehouse.with_name("other.duckdb"), "c1", "en")


def test_what_a_run_changes_for_readers(warehouse: Path) -> None:
    assert changes_since_published(warehouse, "marts_next") == {
        "customer": 1,
        "no stage": 1,
        "withdrawn": 1,
    }


def test_the_status_of_a_warehouse(warehouse: Path) -> None:
    log = RunLog(warehouse)
    start = datetime(2026, 3, 2, 2, 30)
    log.start("r1", start, start, None, is_regular=True, started_by="a schedule")
    log.prepare()  # a later run finds that this one died
    text = shown(status_of(warehouse))
    for said in ("2026-03-02 02:30", "failed", "a schedule", "contacts", "2026-01", "in force"):
        assert said in text
    assert "not there yet" in text


def test_progress_is_a_line_per_step_where_nobody_watches() -> None:
    lines: list[str] = []
    plain = PlainProgress(lines.append)
    plain.started("marts")
    for done in range(1000):
        plain.advanced("marts", done, 1000, "leads")
    plain.finished("marts", 12.34, "76 tables", "done")
    plain.finished("publish", 0.1, "", "failed")
    assert lines == [
        "Build marts          ok        12.3 s  76 tables",
        "Publish marts        FAILED     0.1 s",
    ]


def test_progress_on_a_terminal_shows_what_is_to_come() -> None:
    console = Console(width=100, force_terminal=True, no_color=True)
    live = LiveProgress(console)
    live.started("load")
    live.finished("load", 2.0, "9 files", "done")
    live.started("marts")
    live.advanced("marts", 12, 76, "int_credits")
    live.note("waiting")
    text = shown(live.draw())
    assert "✓ Load files" in text
    assert "12/76 int_credits" in text
    assert "Tell the CRM" in text
    assert "waiting" in text
