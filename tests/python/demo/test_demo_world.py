"""What happens in the demo: every case of the business, its complications, and some dirt."""

from __future__ import annotations

import duckdb
import pytest

from .rows import value, values


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "select distinct activity_type from sales_activities",
            {"call", "email", "meeting", "linkedin", "qualification", "questionnaire", "handoff"},
        ),
        (
            "select distinct verdict from sales_activities where verdict is not null",
            {"qualified", "recycled", "disqualified", "reopened", "accepted"},
        ),
        (
            "select distinct outcome from sales_activities where outcome is not null",
            {"answered", "no_answer", "sent", "replied", "booked", "held", "cancelled", "no_show"},
        ),
        (
            "select distinct need from sales_activities where need is not null",
            {"confirmed", "denied"},
        ),
        ("select distinct status from deals", {"open", "won", "lost"}),
        (
            "select distinct kind from consents",
            {"informed", "opt_in", "opt_out", "objection", "erasure"},
        ),
        ("select distinct role from reps", {"SDR", "AE", "manager"}),
        (
            "select distinct event_type from events",
            {
                "newsletter_signup", "whitepaper_download", "webinar_registered",
                "webinar_attended", "demo_request", "quote_request",
                "contact_sales", "page_view", "email_click",
                "email_open", "email_reply", "email_reply_positive", "proposal_requested",
                "pricing_question", "unsubscribe", "podcast_listened",
            },
        ),
        (
            "select distinct industry from companies",
            {
                "software", "financial services", "manufacturing", "retail", "logistics",
                "healthcare", "education", "public sector", "hospitality",
            },
        ),
        (
            "select distinct lead_source from contacts",
            {
                "website", "webinar", "event", "referral", "partner", "linkedin", "outbound",
                "agency", "purchased_list",
            },
        ),
    ],
)  # fmt: skip
def test_every_value_of_the_business_occurs(
    raw: duckdb.DuckDBPyConnection, query: str, expected: set[str]
) -> None:
    assert expected <= values(raw, query)


@pytest.mark.parametrize(
    "query",
    [
        # identity
        "select 1 from contacts group by lower(trim(email)) having count(distinct contact_id) > 1",
        "select 1 from contacts a join contacts b on a.merged_into_contact_id = b.contact_id "
        "where b.merged_into_contact_id = a.contact_id",
        "select 1 from contacts a join contacts b on a.merged_into_contact_id = b.contact_id "
        "where b.merged_into_contact_id <> a.contact_id",
        "select 1 from contacts group by contact_id having count(distinct job_title) > 1",
        "select 1 from contacts group by contact_id having count(distinct company_id) > 1",
        "select 1 from companies group by company_id having count(distinct employee_count) > 1",
        "select 1 from contacts where email like '%@leadger.example'",
        "select 1 from companies where domain = 'rival-analytics.example'",
        "select 1 from contacts where source_agency is not null",
        # anonymous events before and after a form on the same device, and for ever
        "select 1 from events e join events f using (anonymous_id) where e.contact_id is null "
        "and e.email is null and f.email is not null and e.occurred_at < f.occurred_at",
        "select 1 from events where anonymous_id like 'dev-a%'",
        "select 1 from events where email like '%@inconnu-lerval.example'",
        "select 1 from events where properties is not null",
        # late rows
        "select 1 from events where _loaded_at > occurred_at + interval 2 day",
        # sales
        "select 1 from sales_activities where verdict = 'recycled' and reason is null",
        "select 1 from sales_activities where is_automated",
        "select 1 from sales_activities where scheduled_at > occurred_at",
        "select 1 from deals where owner_id is null",
        "select 1 from deals group by deal_id having count(distinct stage) > 2",
        "select 1 from deal_contacts group by deal_id having count(distinct contact_id) > 1",
        "select 1 from consents where contact_id is null and email is not null",
    ],
)  # fmt: skip
def test_the_world_is_complicated(raw: duckdb.DuckDBPyConnection, query: str) -> None:
    assert raw.execute(query).fetchone() is not None


@pytest.mark.parametrize(
    ("table", "broken"),
    [
        ("contacts", "contact_id is null"),
        ("contacts", "updated_at < '1990-01-01'"),
        ("companies", "company_id is null"),
        ("companies", "employee_count < 0"),
        ("events", "event_id is null"),
        ("events", "event_type = ''"),
        ("events", "occurred_at < '1990-01-01'"),
        ("events", "occurred_at > _loaded_at + interval 1 day"),
        ("events", "contact_id is not null and contact_id not in (select contact_id from contacts "
                   "where contact_id is not null)"),
        ("sales_activities", "activity_id is null"),
        ("sales_activities", "activity_type = 'fax'"),
        ("sales_activities", "verdict = 'parked'"),
        ("sales_activities", "occurred_at < '1990-01-01'"),
        ("sales_activities", "contact_id = 'ct-9999999'"),
        ("deals", "status = 'stalled'"),
        ("deals", "status = 'won' and closed_at < created_at"),
        ("consents", "kind = 'maybe'"),
        ("consents", "contact_id is null and email is null"),
        ("deal_contacts", "deal_id not in (select deal_id from deals)"),
        ("campaign_costs", "campaign_id is null"),
    ],
)  # fmt: skip
def test_dirt_is_there_and_rare(raw: duckdb.DuckDBPyConnection, table: str, broken: str) -> None:
    spoilt = value(raw, f"select count(*) from {table} where {broken}")
    rows = value(raw, f"select count(*) from {table}")
    assert 1 <= spoilt <= max(5, rows * 0.005)


def test_events_come_twice_exactly_and_altered(raw: duckdb.DuckDBPyConnection) -> None:
    twice = "select 1 from events where event_id is not null group by event_id having count(*) > 1"
    assert raw.execute(f"{twice} and count(distinct occurred_at) = 1").fetchone()
    assert raw.execute(f"{twice} and count(distinct occurred_at) > 1").fetchone()


def test_sound_activities_consents_and_deal_versions_have_keys_of_their_own(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    for table, key in [
        ("sales_activities", "activity_id"),
        ("consents", "consent_id"),
        ("deals", "deal_id, updated_at"),
        ("companies", "company_id, updated_at"),
        ("contacts", "contact_id, updated_at"),
    ]:
        repeated = value(
            raw,
            f"select count(*) from (select 1 from {table} group by {key} having count(*) > 1)",
        )
        assert repeated <= 5, table


def test_nobody_is_real(raw: duckdb.DuckDBPyConnection) -> None:
    for table in ("contacts", "events", "consents", "reps"):
        addresses = values(raw, f"select lower(trim(email)) from {table} where email is not null")
        assert all(address.endswith(".example") for address in addresses)
    areas = values(raw, "select left(phone, 8) from contacts where phone is not null")
    assert areas <= {"01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49", "06 39 98"}


def test_meetings_are_held_when_they_were_scheduled(raw: duckdb.DuckDBPyConnection) -> None:
    early = value(
        raw,
        "select count(*) from sales_activities where scheduled_at <= occurred_at",
    )
    assert early == 0


def test_landing_follows_what_happened(raw: duckdb.DuckDBPyConnection) -> None:
    before = value(
        raw,
        "select count(*) from events where _loaded_at < occurred_at and occurred_at < '2050-01-01'",
    )
    assert before == 0
