"""The invented rows: the same from the same seed, in the contract, complete, and a little dirty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.demo import tables
from orchestration.demo.tables import DemoSpec, invent, write_tables
from orchestration.ingest.contract import TABLES

SPEC = DemoSpec(people=1000, seed=7, until=date(2026, 6, 30))


def _write(folder: Path, spec: DemoSpec, threads: int | None = None) -> dict[str, int]:
    folder.mkdir(parents=True)
    return write_tables(folder, spec, spill=folder.with_suffix(".spill"), threads=threads)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "raw"
    _write(folder, SPEC, threads=2)
    return folder


@pytest.fixture(scope="module")
def raw(demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's files as tables of the contract's types."""
    with duckdb.connect() as connection:
        for table in TABLES:
            file = demo / ("events.parquet" if table.name == "events" else f"{table.name}.csv")
            source = f"read_csv('{file}', all_varchar = true)"
            if table.name == "events":
                source = f"read_parquet('{file}')"
            casts = [f"cast({c.name} as {c.type.value}) as {c.name}" for c in table.columns]
            connection.execute(
                f"create table {table.name} as select {', '.join(casts)}, "
                f"cast(_loaded_at as timestamp) as _loaded_at from {source}"
            )
        yield connection


def _values(connection: duckdb.DuckDBPyConnection, query: str) -> set[Any]:
    return {row[0] for row in connection.execute(query).fetchall()}


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _event_rows(folder: Path) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"from read_parquet('{folder}/**/*.parquet')").fetchall()


def test_same_seed_gives_the_same_rows_whatever_the_threads(demo: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    _write(again, SPEC, threads=1)

    names = sorted(file.name for file in demo.iterdir())
    assert names == sorted(file.name for file in again.iterdir())
    for name in names:
        if name.endswith(".csv"):
            assert (demo / name).read_bytes() == (again / name).read_bytes(), name
    assert _event_rows(demo) == _event_rows(again)


def test_part_files_hold_the_same_events(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_PEOPLE_PER_FILE", 300)
    _write(tmp_path / "parts", SPEC)

    assert len(list((tmp_path / "parts" / "events").glob("part-*.parquet"))) == 4
    assert sorted(map(repr, _event_rows(tmp_path / "parts"))) == sorted(
        map(repr, _event_rows(demo))
    )


def test_another_seed_gives_other_people_and_events(demo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    _write(other, DemoSpec(SPEC.people, SPEC.seed + 1, SPEC.until))

    for name in ("contacts.csv", "sales_activities.csv", "deals.csv"):
        assert (demo / name).read_bytes() != (other / name).read_bytes()
    assert _event_rows(demo) != _event_rows(other)


@pytest.mark.parametrize("people", [1, 2, 7, 150])
def test_small_demos_have_all_their_people(tmp_path: Path, people: int) -> None:
    rows = _write(tmp_path / "small", DemoSpec(people, 3, SPEC.until))

    contacts = duckdb.sql(
        f"select distinct contact_id from '{tmp_path}/small/contacts.csv' "
        "where contact_id similar to 'ct-[0-9]+'"
    ).fetchall()
    assert len(contacts) == people
    assert rows["events"] > people


def test_size_grows_with_people(tmp_path: Path) -> None:
    small = _write(tmp_path / "small", DemoSpec(500, 1, SPEC.until))
    large = _write(tmp_path / "large", DemoSpec(4000, 1, SPEC.until))

    for table in ("contacts", "events", "sales_activities", "consents"):
        assert 7 < large[table] / small[table] < 9, table
    assert 25 < large["events"] / 4000 < 35


def test_archetypes_share_out_everybody_and_are_all_present() -> None:
    with duckdb.connect() as connection:
        invent(connection, SPEC)
        assert _value(connection, "select sum(share) from archetypes") == 10_000
        missing = _values(
            connection,
            "select archetype from archetypes except from (select archetype from people)",
        )
        unknown = _values(
            connection,
            "select unnest(plays) from archetypes except select play from plays",
        )
        kinds = _values(
            connection,
            "select unnest(choices) from plays where fact = 'event' except select kind from event_kinds",
        )
    assert not missing
    assert not unknown
    assert not kinds


def test_columns_are_those_of_the_contract(demo: Path) -> None:
    for table in TABLES:
        file = demo / ("events.parquet" if table.name == "events" else f"{table.name}.csv")
        expected = [*(column.name for column in table.columns), "_loaded_at"]
        assert duckdb.sql(f"from '{file}'").columns == expected


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
        ("select distinct need from sales_activities where need is not null", {"confirmed", "denied"}),
        ("select distinct status from deals", {"open", "won", "lost"}),
        ("select distinct kind from consents", {"informed", "opt_in", "opt_out", "objection", "erasure"}),
        ("select distinct role from reps", {"SDR", "AE", "manager"}),
        (
            "select distinct event_type from events",
            {
                "newsletter_signup", "whitepaper_download", "webinar_registered", "webinar_attended",
                "demo_request", "quote_request", "contact_sales", "page_view", "email_click",
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
    assert expected <= _values(raw, query)


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
        ("reps", "role not in ('SDR', 'AE', 'manager')"),
        ("campaign_costs", "campaign_id is null"),
    ],
)  # fmt: skip
def test_dirt_is_there_and_rare(raw: duckdb.DuckDBPyConnection, table: str, broken: str) -> None:
    spoilt = _value(raw, f"select count(*) from {table} where {broken}")
    rows = _value(raw, f"select count(*) from {table}")
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
        repeated = _value(
            raw,
            f"select count(*) from (select 1 from {table} group by {key} having count(*) > 1)",
        )
        assert repeated <= 5, table


def test_history_ends_on_the_last_day_and_spans_two_years(raw: duckdb.DuckDBPyConnection) -> None:
    end = datetime(2026, 6, 30, 6)
    instants = {
        "contacts": "updated_at", "companies": "updated_at", "events": "occurred_at",
        "sales_activities": "occurred_at", "deals": "updated_at", "consents": "occurred_at",
        "deal_contacts": "updated_at", "reps": "updated_at",
    }  # fmt: skip
    for table, instant in instants.items():
        sound = f"{instant} > '1990-01-01' and {instant} < '2050-01-01'"
        first = _value(raw, f"select min({instant}) from {table} where {sound}")
        last = _value(raw, f"select max({instant}) from {table} where {sound}")
        assert first >= end - timedelta(days=731), table
        assert last <= end, table
        assert _value(raw, f"select max(_loaded_at) from {table}") <= end, table
    assert _value(
        raw,
        f"select count(*) from events where occurred_at between '{end - timedelta(days=1)}' and '{end}'",
    )


@pytest.mark.parametrize("until", [date(2024, 2, 29), date(2026, 11, 1), date(1996, 1, 1)])
def test_any_last_day_will_do(tmp_path: Path, until: date) -> None:
    _write(tmp_path / "demo", DemoSpec(200, 1, until))

    last = _value(
        duckdb.connect(),
        f"select max(_loaded_at) from '{tmp_path}/demo/events.parquet'",
    )
    assert until - timedelta(days=2) <= last.date() <= until


def test_nobody_is_real(raw: duckdb.DuckDBPyConnection) -> None:
    for table in ("contacts", "events", "consents", "reps"):
        addresses = _values(raw, f"select lower(trim(email)) from {table} where email is not null")
        assert all(address.endswith(".example") for address in addresses)
    areas = _values(raw, "select left(phone, 8) from contacts where phone is not null")
    assert areas <= {"01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49", "06 39 98"}


def test_meetings_are_held_when_they_were_scheduled(raw: duckdb.DuckDBPyConnection) -> None:
    early = _value(
        raw,
        "select count(*) from sales_activities where scheduled_at <= occurred_at",
    )
    assert early == 0


def test_landing_follows_what_happened(raw: duckdb.DuckDBPyConnection) -> None:
    before = _value(
        raw,
        "select count(*) from events where _loaded_at < occurred_at and occurred_at < '2050-01-01'",
    )
    assert before == 0
