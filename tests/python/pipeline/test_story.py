# ruff: noqa: E501 (raw files as they arrive)
"""One small warehouse with a story for each promise: the worked example, quarantine, findings."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime

import pytest

from pipeline.sandbox import Sandbox

AS_OF = datetime(2026, 3, 20)
NOW = datetime(2026, 3, 20, 8)
FILES = {
    "companies.csv": """\
company_id,name,domain,industry,employee_count,country,updated_at
c1,Atelier,atelier.example,software,200,FR,2026-01-05T08:00:00Z
""",
    "contacts.csv": """\
contact_id,email,job_title,company_id,country,lead_source,merged_into_contact_id,created_at,updated_at
worked,anne@atelier.example,Marketing Manager,c1,FR,website,,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z
eager,bob@atelier.example,CEO,c1,FR,agency,,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z
cycle-a,,,,FR,website,cycle-b,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z
cycle-b,,,,FR,website,cycle-a,2026-03-02T08:00:00Z,2026-03-02T08:00:00Z
ours,tester@leadger.example,CEO,c1,FR,website,,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z
old,zoe@atelier.example,,,FR,website,,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z
future,max@atelier.example,,,FR,website,,2026-03-01T08:00:00Z,2199-01-01T00:00:00Z
""",
    "events.csv": """\
event_id,occurred_at,event_type,contact_id,email,anonymous_id,page_url,content_title
e1,2026-03-02T09:00:00Z,whitepaper_download,worked,,,,Choosing a CRM
e2,2026-03-02T10:00:00Z,podcast_listened,worked,,,,
e3,2026-03-02T11:00:00Z,page_view,,,anon-1,https://us.example/pricing,
e4,2026-03-02T11:30:00Z,page_view,,nobody@atelier.example,anon-1,https://us.example/pricing,
e5,2026-03-04T09:00:00Z,newsletter_signup,ours,,,,
,2026-03-04T09:00:00Z,newsletter_signup,worked,,,,
e1,2026-03-02T09:00:00Z,demo_request,worked,,,,Landed second
""",
    "sales_activities.csv": """\
activity_id,contact_id,occurred_at,scheduled_at,activity_type,direction,outcome,verdict,need
a1,worked,2026-03-10T10:00:00Z,2026-03-18T10:00:00Z,meeting,inbound,booked,,
a2,eager,2026-03-10T10:00:00Z,,handoff,,,qualified,
a3,latecomer,2026-03-11T10:00:00Z,,call,outbound,answered,,confirmed
a4,worked,2026-03-11T10:00:00Z,,smoke_signal,,,,
a5,eager,2026-03-12T10:00:00Z,,handoff,,,recycled,
""",
    "deals.csv": """\
deal_id,contact_id,status,amount,currency,created_at,closed_at,updated_at
d1,eager,won,100,EUR,2026-03-05T10:00:00Z,2026-03-01T10:00:00Z,2026-03-06T10:00:00Z
d2,,open,100,EUR,2026-03-05T10:00:00Z,,2026-03-05T10:00:00Z
""",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox.make(tmp_path_factory.mktemp("story") / "sandbox")
    for name, text in FILES.items():
        (made.raw / name).write_text(text, encoding="utf-8")
    made.load(now=NOW)
    made.build(AS_OF)
    yield made


def test_worked_example(sandbox: Sandbox) -> None:
    assert sandbox.rows(
        "select score, engagement_score, fit_score, stage, is_call_recommended, temperature,"
        " became_lead_at, first_mql_at, first_prospect_at from marts.leads where lead_id = 'worked'"
    ) == [
        (
            *(75, 43, 32, "prospect", True, "hot"),
            *(datetime(2026, 3, 2, 9), datetime(2026, 3, 10, 10), datetime(2026, 3, 10, 10)),
        )
    ]
    assert sandbox.rows(
        "select path, score_at_entry, left_at from marts.mqls where lead_id = 'worked'"
    ) == [("score", 75, None)]
    assert sandbox.rows(
        "select from_stage, to_stage, path, cause from marts.lead_stage_changes"
        " where lead_id = 'worked' order by change_number"
    ) == [
        (None, "lead", "interest", "signal:whitepaper_downloaded"),
        ("lead", "prospect", "no_call", "meeting_booked"),
    ]


def test_explanations_can_be_read_aloud(sandbox: Sandbox) -> None:
    ((english, french),) = sandbox.rows(
        "select explanation_en, explanation_fr from marts.lead_stage_changes"
        " where lead_id = 'worked' and to_stage = 'prospect'"
    )
    assert english.startswith("Became a prospect without a call: meeting booked")
    assert french.startswith("Devient prospect sans appel : rendez-vous réservé")
    assert "{" not in english + french


def test_quarantine_names_the_rule_and_keeps_the_row(sandbox: Sandbox) -> None:
    tables = ("contacts", "events", "sales_activities", "deals")
    found = {
        table: sorted(
            row[0]
            for row in sandbox.rows(f"select quarantine_rule from staging.quarantine_{table}")
        )
        for table in tables
    }
    assert found == {
        "contacts": ["after_load", "before_1990"],
        "events": ["empty_key"],
        "sales_activities": ["unknown_activity_type", "unknown_contact"],
        "deals": ["won_before_created"],
    }
    assert sandbox.rows(
        "select activity_id, contact_id, need from staging.quarantine_sales_activities"
        " where quarantine_rule = 'unknown_contact'"
    ) == [("a3", "latecomer", "confirmed")]


def test_first_landing_of_an_event_wins(sandbox: Sandbox) -> None:
    assert sandbox.rows("select content_title from staging.stg_events where event_id = 'e1'") == [
        ("Choosing a CRM",)
    ]


def test_people_are_counted_even_when_left_out(sandbox: Sandbox) -> None:
    counts = dict(sandbox.rows("select measure, value from marts.population"))
    assert counts["internal_people"] == 1
    assert counts["events_anonymous"] == 1
    assert counts["events_of_unknown_people"] == 1
    assert sandbox.rows("select event_type, events from marts.unmapped_event_types") == [
        ("podcast_listened", 1)
    ]
    assert sandbox.rows("select count(*) from marts.leads where lead_id = 'ours'") == [(0,)]


def test_findings(sandbox: Sandbox) -> None:
    found = sandbox.rows("select finding, lead_id from marts.audit_findings order by 1, 2")
    assert found == [
        ("deal_without_person", None),
        ("merge_cycle", "cycle-a"),
        ("recycled_without_reason", "eager"),
        ("verdict_without_evidence", "eager"),
    ]


def test_agency_leads_without_proof_are_not_to_be_contacted(sandbox: Sandbox) -> None:
    assert sandbox.rows(
        "select crm_contact_id, stage, do_not_contact from marts.crm_lead_status order by 1"
    ) == [("eager", "nurturing", True), ("worked", "prospect", False)]


def test_a_quarantined_row_comes_back_when_a_later_load_makes_it_valid(sandbox: Sandbox) -> None:
    later = sandbox.folder / "later"
    later.mkdir()
    with (later / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ["contact_id", "created_at", "updated_at"],
                ["latecomer", "2026-03-11T11:00:00Z", "2026-03-11T11:00:00Z"],
            ]
        )
    sandbox.load(later, now=NOW)
    sandbox.build(AS_OF, "--select", "staging")
    assert (
        sandbox.rows(
            "select activity_id from staging.quarantine_sales_activities"
            " where quarantine_rule = 'unknown_contact'"
        )
        == []
    )
    assert sandbox.rows(
        "select activity_id from staging.stg_sales_activities where contact_id = 'latecomer'"
    ) == [("a3",)]
