"""What an instant may look like, and which runs travel in time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.errors import UnusableInputError
from orchestration.instants import parse_instant
from orchestration.run import RunRequest, choose_clocks

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATEST = datetime(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012-04-01", datetime(2012, 4, 1, tzinfo=UTC)),
        ("2012-04-01T00:00:00Z", datetime(2012, 4, 1, tzinfo=UTC)),
        ("2012-04-01 10:30", datetime(2012, 4, 1, 10, 30, tzinfo=UTC)),
        ("2012-04-01T10:30:00+02:00", datetime(2012, 4, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_instants_are_read_as_utc(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize("text", ["yesterday", "", "01/04/2012", "2012-13-01", "2012-04-01T25:00"])
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnusableInputError, match=r"is not an instant.*2026-03-03"):
        parse_instant(text)


def clocks(as_of: datetime | None, known_at: datetime | None, latest: datetime | None) -> str:
    request = RunRequest(Path("w.duckdb"), as_of=as_of, known_at=known_at)
    return choose_clocks(request, latest, NOW).schema_suffix


def test_a_run_that_names_no_instant_is_regular_whatever_came_before() -> None:
    assert clocks(None, None, None) == ""
    assert clocks(None, None, datetime(2030, 1, 1)) == ""


def test_the_first_run_is_regular_at_any_instant() -> None:
    assert clocks(datetime(2012, 4, 1, tzinfo=UTC), None, None) == ""


def test_an_instant_before_the_latest_run_travels() -> None:
    assert clocks(datetime(2026, 11, 20, tzinfo=UTC), None, LATEST) == ""
    assert clocks(datetime(2026, 11, 19, 6, tzinfo=UTC), None, LATEST) == (
        "__as_of_20261119t060000"
    )


def test_a_loading_clock_always_travels_and_judges_at_itself() -> None:
    known = datetime(2026, 3, 1, tzinfo=UTC)
    request = RunRequest(Path("w.duckdb"), known_at=known)
    found = choose_clocks(request, None, NOW)
    assert found.schema_suffix == "__known_at_20260301t000000"
    assert found.as_of == datetime(2026, 3, 1)
    assert clocks(NOW, known, None) == "__as_of_20261122t120000__known_at_20260301t000000"


def test_two_instants_have_two_schemas() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert clocks(early, None, LATEST) != clocks(late, None, LATEST)


def test_no_schema_has_a_longer_name_than_a_server_keeps() -> None:
    known = datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC)
    asked = datetime(2026, 2, 1, 0, 0, 0, 1, tzinfo=UTC)
    suffixes = {clocks(asked, known.replace(microsecond=each), None) for each in (1, 2, 3)}
    assert len(suffixes) == 3
    assert all(len(f"intermediate{suffix}") <= 63 for suffix in suffixes)
