"""Addresses become filters, and filters addresses."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from orchestration.audit_page.filters import (
    DEFAULT_DAYS,
    BadAddressError,
    ChangesFilter,
    FindingsFilter,
    Period,
)
from orchestration.audit_page.listing import Place, Start

LATEST = datetime(2026, 3, 31, 12)


def test_silence_means_the_last_days() -> None:
    period = ChangesFilter.parse({}, LATEST).period
    assert period.until is None
    assert period.since is not None
    assert (LATEST.date() - period.since).days == DEFAULT_DAYS - 1
    before = ChangesFilter.parse({"until": "2026-01-31"}, LATEST).period
    assert before == Period(date(2025, 11, 3), date(2026, 1, 31))
    assert ChangesFilter.parse({"since": ""}, LATEST).period == Period()
    assert FindingsFilter.parse({}).period == Period()


def test_a_filter_survives_its_address() -> None:
    wanted = ChangesFilter(
        Period(date(2026, 1, 1), None), "none", "mql", "signal:pricing_page", "2026-01"
    )
    assert ChangesFilter.parse(wanted.query(), LATEST) == wanted
    everything = ChangesFilter()
    assert ChangesFilter.parse(everything.query(), LATEST) == everything
    found = FindingsFilter(Period(None, date(2026, 1, 1)), "merge_cycle", "low")
    assert FindingsFilter.parse(found.query()) == found


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "2026-02-30", "1; drop table x"])
def test_a_day_that_is_none(day: str) -> None:
    with pytest.raises(BadAddressError) as caught:
        ChangesFilter.parse({"since": day}, LATEST)
    assert (caught.value.name, caught.value.value) == ("since", day)


def test_nothing_of_an_address_becomes_sql() -> None:
    evil = "' or true --"
    given = {"from_stage": evil, "to_stage": evil, "cause": evil, "version": evil, "since": ""}
    condition = ChangesFilter.parse(given, LATEST).condition()
    assert evil not in condition.sql
    assert set(condition.values) == {"from_stage", "to_stage", "cause", "version"}


def test_places() -> None:
    place = Place(datetime(2026, 3, 1, 9, 0, 0, 123456), "a~b")
    assert Place.parse("older", str(place)) == place
    assert Start.parse({"newer": str(place)}) == Start(place, is_newer=True)
    assert Start.parse({}) == Start()
    for text in ("2026-03-01", "x~y", "2026-03-01T09:00:00+01:00~y"):
        with pytest.raises(BadAddressError):
            Start.parse({"older": text})
