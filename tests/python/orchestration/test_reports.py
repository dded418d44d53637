"""The summary, the story of a person and the status, from figures made by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from rich.console import Console, RenderableType

from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.reports.changes import changes_to_publish, touched_people
from orchestration.reports.explain import explain_lead
from orchestration.reports.progress import LiveProgress, PlainProgress
from orchestration.reports.render import render
from orchestration.reports.status import status_of
from orchestration.reports.story import read_story, story_as_json
from orchestration.reports.summary import Checks, StepTime, Summary, TableCounts
from orchestration.run_log import RunLog
from orchestration.workspace import PROJECT, Workspace

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
    population={"events_anonymous": 14, "events_stitched": 9, "people": 2000},
    touched={"event": 7, "due": 4, "identity": 1},
    stages={"lead": 800, "mql": 40, "opted_out": 2},
    ever={"lead": 900, "mql": 120, "sql": 30, "prospect": 8, "customer": 1},
    changes={"mql": 12, "no stage": 2, "withdrawn": 1, "corrected": 5},
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
        "12 of 2,000 people (7 event · 4 due · 1 identity)",
        "14 events of nobody, 9 given to people",
        "2 fell out of every stage",
        "1 stage changes no longer hold",
        "5 stage changes told otherwise",
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
    ('c1', 'c1', 'ada@example.com', 'survivor', null),
    ('c1', 'c2', 'ada@old.example', 'merged', 'c1'),
    ('c1', 'c3', 'ada@example.com', 'same_email', null),
    ('c9', 'c9', null, 'survivor', null)
) as t(lead_id, contact_id, email, alias_reason, merged_into_contact_id);
create table marts.leads as select
    'c1' as lead_id, 'ada@example.com' as email, 'Ada' as first_name, 'Byron' as last_name,
    'analyst' as job_title, 'k1' as company_id, 'prospect' as stage, 'hot' as temperature,
    timestamp '2026-03-01 10:00' as stage_since, 43 as engagement_score, 32 as fit_score,
    75 as score, 'A' as icp_grade, true as box_icp_fit, null::boolean as box_need,
    false as box_budget, null::boolean as box_authority, null::boolean as box_timing,
    true as box_engagement, 'Call within the hour' as next_action, true as is_call_recommended,
    true as is_contactable;
create table marts.lead_stage_changes as select * from (values
    ('a', 'c1', 1, 'mql', timestamp '2026-03-01 09:00', 'Became an MQL.', 'Devient MQL.',
     'hand_raise', 'signal:demo_booked', 'ev-2'),
    ('b', 'c1', 2, 'prospect', timestamp '2026-03-01 10:00', 'Became a prospect.', 'Prospect.',
     'meeting', 'answers|meeting_held', 'ac-1|ac-2')
) as t(change_id, lead_id, change_number, to_stage, changed_at, explanation_en, explanation_fr,
       path, cause, cause_fact_id);
create table marts_next.lead_stage_audit as select * from (values
    ('retracted', 'a', 'mql'), ('retracted', 'b', 'prospect'), ('asserted', 'b', 'prospect'),
    ('asserted', 'c', 'customer'), ('asserted', 'd', null)
) as t(statement, change_id, to_stage);
create schema intermediate;
create table intermediate.int_touched_leads as select * from (values
    ('c1', 'event', false, false), ('c2', 'due', false, false), ('c3', 'event', false, false),
    ('c4', 'identity', true, false), ('c5', 'contact', false, true)
) as t(lead_id, reason, is_gone, is_internal);
create table marts.lead_score_ledger as select * from (values
    ('1', 'c1', timestamp '2026-03-01 08:00', 'fit', 'icp_fit', 'fit', 32, 32, null, 'A'),
    ('2', 'c1', timestamp '2026-03-01 09:00', 'credit', 'demo_booked', 'high_intent', 35, 35, null,
     'ev-2'),
    ('3', 'c1', timestamp '2026-03-01 09:30', 'credit', 'whitepaper_downloaded', 'content', 8, 8,
     null, 'ev-3'),
    ('4', 'c1', timestamp '2026-03-01 09:40', 'credit', 'pricing_page', 'web', 8, 0, 'day_cap',
     'ev-4'),
    ('5', 'c1', timestamp '2026-03-01 09:50', 'credit', 'email_open', 'email', 0, 0, null, 'ev-5')
) as t(entry_id, lead_id, entry_at, entry_type, signal, score_group, points, points_counted,
       cap_reason, source_fact_id);
create table crm_sync.sync_records as select
    1 as record_id, 'r' as run, 1 as sequence, 'files' as destination, 'c2' as object_id,
    'c1' as lead_id, '{"stage": "prospect", "score": "75"}' as properties,
    '{"stage": "mql", "score": null}' as before, 'acknowledged' as outcome, null as reason,
    timestamp '2026-03-02 02:30' as recorded_at;
create table raw.contacts as select
    *, timestamp '2026-03-01 00:00' as updated_at, 1 as _batch,
    timestamp '2026-03-01 00:00' as _loaded_at
from (values
    ('c1', 'ada@example.com'), ('c2', ' ADA@old.example'), ('c9', 'someone@else.example')
) as t(contact_id, email);
create table raw.sales_activities as select
    *, timestamp '2026-03-01 00:00' as _loaded_at, 1 as _batch, row_number() over () as _row
from (values
    ('ac-0', 'c1', timestamp '2026-02-01 09:00', 'call', '', 'confirmed', '', '', ''),
    ('ac-1', 'c2', timestamp '2026-03-01 09:55', 'Call', null, 'denied', null, null, null),
    ('ac-1', 'c2', timestamp '2026-03-01 09:55', 'call', null, 'denied', null, null, null),
    ('ac-3', 'c1', timestamp '2026-03-01 09:56', 'call', null, 'denied', null, null, 'recycled'),
    ('ac-4', 'c9', timestamp '2026-03-01 09:57', 'call', null, 'denied', null, null, null)
) as t(activity_id, contact_id, occurred_at, activity_type, need, budget, authority, timing,
       verdict);
create table raw.consents as select
    *, timestamp '2026-03-01 00:00' as _loaded_at, 1 as _batch, row_number() over () as _row
from (values
    ('co-1', null, 'Ada@Old.example', timestamp '2026-02-02 09:00', 'Informed', null,
     'legitimate_interest', 'notice-v2', 'website'),
    ('co-2', 'c1', null, timestamp '2026-02-03 09:00', 'opt_in', 'email', 'consent', null, null),
    ('co-3', 'c9', 'ada@example.com', timestamp '2026-02-04 09:00', 'objection', 'all', null, null,
     null)
) as t(consent_id, contact_id, email, occurred_at, kind, channel, legal_basis, notice, source);
"""


@pytest.mark.parametrize("name", ["c1", "c2", "ADA@Example.com", "ada@old.example"])
def test_a_person_is_found_by_any_of_their_names(warehouse: Path, name: str) -> None:
    text = shown(explain_lead(warehouse, name, "en"))
    for said in (
        "Ada Byron · analyst · ada@example.com",
        "also known as c2 (merged into c1 by the CRM), c3 (same email ada@example.com)",
        "meeting · answers ac-1 · meeting_held ac-2",
        "✗ budget      2026-03-01 09:55  call: denied (ac-1 c2)",
        "✓ engagement  2026-03-01 09:00  signal: demo or meeting booked (ev-2)",
        "2026-02-02 09:00  informed  all · legitimate_interest · website · notice-v2",
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
    assert any(line.split() == ["score", "75"] for line in text.splitlines())


def test_a_ledger_that_does_not_add_up_says_so(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update marts.leads set score = 80")
    assert "not the score, which is 80: run again  " in shown(explain_lead(warehouse, "c1", "en"))


def test_what_was_owed_by_when(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create table marts.sla_clocks as select *, md5(obligation) as clock_id from (values"
            " ('c1', 'r1', 'SDR', 'hand_raise_response', 'breached', timestamp '2026-03-27 16:30',"
            " timestamp '2026-03-30 07:30', timestamp '2026-03-30 07:40', null::timestamp, 10.4,"
            " false),"
            " ('c1', null, 'SDR', 'mql_verdict', 'at_risk', timestamp '2026-03-28 09:00',"
            " timestamp '2026-03-31 16:00', null, null, null, true),"
            " ('c1', null, 'SDR', 'mql_attempts', 'open', timestamp '2026-03-28 09:00',"
            " timestamp '2026-04-11 16:00', null, null, null, false),"
            " ('c1', 'r1', 'AE', 'sql_acceptance', 'void', timestamp '2026-03-29 09:00',"
            " timestamp '2026-03-30 16:00', timestamp '2026-03-29 10:00',"
            " timestamp '2026-03-29 10:00', 0.0, false)"
            ") as clocks (lead_id, owner_id, owed_by, obligation, status, started_at, due_at,"
            " stopped_at, voided_at, business_minutes_late, is_owed)"
        )
    for lang, said in {
        "en": [
            "What was owed, by when",
            "answer to a hand-raise breached r1 · due 2026-03-30 07:30 · done 2026-03-30 07:40",
            "10 business minutes late",
            "verdict on an MQL at risk SDR · due 2026-03-31 16:00",
            "attempts to reach an MQL running SDR · due 2026-04-11 16:00 · not owed any more",
            "answer to an SQL void r1 · due 2026-03-30 16:00 · ended 2026-03-29 10:00",
        ],
        "fr": [
            "Ce qui était dû, et pour quand",
            "réponse à une demande manqué r1 · échéance 2026-03-30 07:30",
            "10 minutes ouvrées de retard",
            "SDR · échéance 2026-04-11 16:00 · n'est plus dû",
        ],
    }.items():
        text = " ".join(shown(explain_lead(warehouse, "c1", lang)).split())
        assert [each for each in said if each not in text] == []
    clocks = json.loads(story_as_json(read_story(warehouse, "c1")))["clocks"]
    assert [clock["status"] for clock in clocks] == ["breached", "open", "at_risk", "void"]


def test_words_by_a_former_address_are_told(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create table marts.consent_register as select * from (values"
            " ('c1', 'all', 'co-7', 'objection', timestamp '2026-02-02 12:00', true),"
            " ('c1', 'email', 'event e1', 'opt_out', timestamp '2026-02-20 12:00', true),"
            " ('c1', 'phone', 'co-7', 'objection', timestamp '2026-02-02 12:00', true),"
            " ('c1', 'postal', 'co-8', 'objection', timestamp '2026-02-21 12:00', false),"
            " ('c9', 'all', 'co-3', 'objection', timestamp '2026-02-04 09:00', false)"
            ") as register (lead_id, channel, objection_id, objection_kind, objected_at,"
            " is_by_former_address)"
        )
    notice = "2026-02-02 09:00 informed all · legitimate_interest · website · notice-v2"
    for lang, said in {
        "en": "by a former address",
        "fr": "par une ancienne adresse",
    }.items():
        text = shown(explain_lead(warehouse, "c1", lang))
        lines = [" ".join(line.split()) for line in text.splitlines()]
        first = lines.index(notice)
        assert lines[first + 1 : first + 4] == [
            f"2026-02-02 12:00 objection all · {said} (co-7)",
            "2026-02-03 09:00 opt_in email · consent",
            f"2026-02-20 12:00 opt_out email · {said} (event e1)",
        ]
        assert "co-8" not in text
        assert said not in shown(explain_lead(warehouse, "c9", lang))
    register = json.loads(story_as_json(read_story(warehouse, "c1")))["register"]
    assert [row["channel"] for row in register] == ["all", "email", "phone", "postal"]


def test_every_obligation_has_a_name() -> None:
    seeds = PROJECT / "seeds"
    policies = (seeds / "definitions" / "sla_policies.csv").read_text(encoding="utf-8")
    labels = (seeds / "reference" / "sla_labels.csv").read_text(encoding="utf-8")
    named = {line.partition(",")[0] for line in labels.splitlines()[1:]}
    owed = {line.split(",")[1] for line in policies.splitlines()[1:]}
    assert owed | {"open", "at_risk", "met", "breached", "void"} == named


def test_the_story_for_programs_is_what_the_page_says(warehouse: Path) -> None:
    story = json.loads(story_as_json(read_story(warehouse, "ada@old.example")))
    assert list(story) == [
        "format", "lead_id", "identity", "now", "stages", "ledger", "boxes", "clocks", "consents",
        "register", "crm", "unread",
    ]  # fmt: skip
    assert (story["format"], story["lead_id"], story["unread"]) == (1, "c1", None)
    assert [
        (each["contact_id"], each["alias_reason"], each["merged_into_contact_id"])
        for each in story["identity"]["aliases"]
    ] == [("c1", "survivor", None), ("c2", "merged", "c1"), ("c3", "same_email", None)]
    assert (story["now"]["stage"], story["now"]["stage_since"]) == (
        "prospect",
        "2026-03-01T10:00:00Z",
    )
    assert [(each["path"], each["cause_fact_id"]) for each in story["stages"]] == [
        ("hand_raise", "ev-2"),
        ("meeting", "ac-1|ac-2"),
    ]
    assert [line["sum"] for line in story["ledger"]["lines"]] == [32, 67, 75, 75, 75]
    assert story["ledger"]["sum"] == story["ledger"]["score"] == 75
    boxes = {each["box"]: each for each in story["boxes"]}
    assert boxes["need"] == {"box": "need", "value": None, "sources": []}
    assert boxes["budget"]["sources"] == [
        {
            "kind": "call",
            "what": "denied",
            "fact_id": "ac-1",
            "contact_id": "c2",
            "at": "2026-03-01T09:55:00Z",
        }
    ]
    assert [each["what"] for each in boxes["icp_fit"]["sources"]] == ["grade A"]
    assert [each["fact_id"] for each in boxes["engagement"]["sources"]] == ["ev-2"]
    assert story["clocks"] == []
    assert [each["consent_id"] for each in story["consents"]] == ["co-1", "co-2"]
    assert [(each["object_id"], each["properties"]["score"]) for each in story["crm"]] == [
        ("c2", "75")
    ]
    page = (PROJECT / "docs" / "explain.md").read_text(encoding="utf-8")
    parts = (story, story["identity"], story["ledger"], *story["boxes"][2:3], *story["consents"])
    names = {name for part in parts for name in part} | {"kind", "what", "fact_id", "at", "sum"}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_a_contact_without_a_stage_for_programs(warehouse: Path) -> None:
    result = CliRunner().invoke(main, ["explain", "c9", "--json", "--warehouse", str(warehouse)])
    story = json.loads(result.output)
    assert (story["now"], story["boxes"], story["stages"]) == (None, [], [])
    assert [each["consent_id"] for each in story["consents"]] == ["co-3"]


def test_the_story_while_a_run_has_the_warehouse(warehouse: Path) -> None:
    outcomes = [each["outcome"] for each in read_story(warehouse, "c1").beyond.told]
    shutil.copy(warehouse, Workspace(warehouse).published)
    with duckdb.connect(str(warehouse)):
        text = shown(explain_lead(warehouse, "c1", "en"))
        story = json.loads(story_as_json(read_story(warehouse, "c1")))
    assert "Became a prospect." in text
    assert "Anything later is not known now, nor are answers and consents. Ask again:" in text
    assert "nothing yet" not in text
    assert story["unread"] is not None
    assert [each["outcome"] for each in story["crm"]] == outcomes != []
    assert story["boxes"][2]["value"] is False
    assert story["boxes"][2]["sources"] == []


def test_the_published_file_alone_says_what_it_lacks(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema raw cascade; drop schema crm_sync cascade")
    text = " ".join(shown(explain_lead(warehouse, "c1", "en")).split())
    assert "holds the marts alone" in text


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
    assert changes_to_publish(warehouse, "marts_next") == {
        "customer": 1,
        "no stage": 1,
        "withdrawn": 1,
        "corrected": 1,
    }
    assert touched_people(warehouse, "intermediate") == {"event": 2, "due": 1}


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
