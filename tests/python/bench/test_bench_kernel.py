"""The yardstick is honest: it finds what one event at a time finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_kernel import Event, crossings

from bench.kernel import run_kernel

AS_OF = datetime(2026, 7, 1, 6)
SITE = "https://www.leadger.example"
KINDS = (
    ("demo_request", None),
    ("quote_request", f"{SITE}/fr/devis"),
    ("whitepaper_download", f"{SITE}/en/guide"),
    ("webinar_attended", None),
    ("newsletter_signup", None),
    ("page_view", f"{SITE}/EN/Pricing?utm_source=linkedin"),
    ("page_view", f"{SITE}/fr/tarifs"),
    ("page_view", f"{SITE}/en/case-studies/pricing"),
    ("page_view", f"{SITE}/en/compare"),
    ("page_view", f"{SITE}/blog"),
    ("page_view", None),
    ("email_click", None),
    ("email_open", None),
    ("email_reply_positive", None),
    ("unsubscribe", None),
    ("podcast_listened", None),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set threads = 1")
        yield connection


def found(
    connection: duckdb.DuckDBPyConnection, events: list[Event]
) -> list[tuple[str, datetime, int]]:
    connection.execute(
        "create or replace table events (person varchar, occurred_at timestamp, "
        "event_id varchar, event_type varchar, page_url varchar)"
    )
    if events:
        rows = [(e.person, e.occurred_at, e.event_id, e.event_type, e.page_url) for e in events]
        connection.executemany("insert into events values (?, ?, ?, ?, ?)", rows)
    run_kernel(connection, AS_OF.isoformat(" "))
    return connection.execute("from crossings order by all").fetchall()


def event(number: int, drawn: tuple[str, tuple[str, str | None], int, int]) -> Event:
    person, (event_type, page_url), days, quarters = drawn
    occurred_at = AS_OF + timedelta(days=1) - timedelta(days=days, minutes=15 * quarters)
    return Event(person, occurred_at, f"ev-{number:04}", event_type, page_url)


# few people, days and quarters of an hour, so that they often coincide
DRAWN = st.tuples(
    st.sampled_from(["anne", "bruno"]),
    st.sampled_from(KINDS),
    st.integers(0, 200) | st.sampled_from([1, 31, 61, 91]),
    st.integers(0, 5),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(DRAWN, max_size=120))
def test_equals_one_event_at_a_time(
    connection: duckdb.DuckDBPyConnection,
    drawn: list[tuple[str, tuple[str, str | None], int, int]],
) -> None:
    events = [event(number, each) for number, each in enumerate(drawn)]
    assert found(connection, events) == crossings(events, AS_OF)


def test_crosses_again_after_the_points_are_gone(connection: duckdb.DuckDBPyConnection) -> None:
    demo = ("demo_request", None)
    drawn = [("anne", demo, days, place) for days in (190, 80) for place in (0, 1)]
    events = [event(number, each) for number, each in enumerate(drawn)]
    expected = [
        ("anne", AS_OF + timedelta(days=1 - 190), 60),
        ("anne", AS_OF + timedelta(days=1 - 80), 60),
    ]
    assert found(connection, events) == expected == crossings(events, AS_OF)


def test_a_daily_limit_holds(connection: duckdb.DuckDBPyConnection) -> None:
    pricing = ("page_view", f"{SITE}/en/pricing")
    events = [event(number, ("anne", pricing, 10, number % 6)) for number in range(40)]
    assert found(connection, events) == []
