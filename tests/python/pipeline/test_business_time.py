"""Business time in SQL: as on the office wall, minute by minute, and as really measured."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from model.business_time import WORKING_WEEK, Diary, Hours, Office, Opening
from model.sla import PARIS
from orchestration.business_calendar import holidays
from orchestration.workspace import PROJECT
from pipeline.sandbox import Sandbox
from pipeline.test_lending_funnel import DATA

INTERVALS = DATA / "business_hours" / "intervals.csv"
OFFICIAL = DATA / "french_holidays" / "jours_feries_metropole.csv"
AS_OF = datetime(2026, 6, 1)
MICRO = timedelta(microseconds=1)
AROUND = [
    *(datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2025, 12, 31), datetime(2026, 1, 1)),
    *(datetime(2026, 5, 1), datetime(2026, 5, 14), datetime(2024, 2, 29), datetime(2026, 4, 5)),
    *(datetime(2026, 11, 1), datetime(2026, 3, 8), datetime(2026, 9, 27), datetime(2026, 7, 14)),
]
"""Changes of the clocks in several zones, holidays, year ends, a leap day, new hours."""

WITH_BREAKS: Hours = {
    **{day: [(time(8, 30), time(12)), (time(13, 15), time(17, 15))] for day in range(1, 5)},
    6: [(time(10), time(11)), (time(11, 20), time(12)), (time(12, 30), time(13))],
}
ALWAYS: Hours = {day: [(time(0), None)] for day in range(1, 8)}
OFFICES = {
    "Paris": PARIS,
    "Auckland": Office(ZoneInfo("Pacific/Auckland"), WITH_BREAKS, frozenset()),
    "New York": Office(
        ZoneInfo("America/New_York"),
        {day: [(time(0), time(23, 59))] for day in range(1, 7)},
        frozenset({date(2026, 7, 4), date(2025, 12, 25)}),
    ),
    # opens at midnight UTC or an hour before, never closes but on a holiday
    "London": Office(ZoneInfo("Europe/London"), ALWAYS, frozenset({date(2026, 5, 4)})),
    "Kathmandu": Office(
        ZoneInfo("Asia/Kathmandu"),
        WORKING_WEEK,
        frozenset(),
        later=((date(2026, 1, 1), WITH_BREAKS), (date(2026, 5, 14), ALWAYS)),
    ),
}


def written(opening: Opening) -> str:
    """An opening as the seed has it."""
    opens, closes = opening
    return f"{opens:%H:%M},{'24:00' if closes is None else f'{closes:%H:%M}'}"


@dataclass(frozen=True)
class Calendar:
    """A warehouse with the calendar of an office, and what SQL asks it."""

    office: Office = field(repr=False)
    warehouse: Path
    between: str = field(repr=False)
    after: str = field(repr=False)

    @classmethod
    def built(cls, office: Office, folder: Path) -> Calendar:
        """Build it from seeds of its own; the data tests of the calendar hold."""
        sandbox = Sandbox.make(folder / "sandbox")
        reference = sandbox.seeds / "reference"
        lines = [
            f"{since},{office.zone.key},{weekday},{written(opening)}"
            for since, hours in ((date(2025, 6, 1), office.hours), *office.later)
            for weekday, openings in hours.items()
            for opening in openings
        ]
        (reference / "business_hours.csv").write_text(
            "\n".join(["effective_from,zone,weekday,opens,closes", *lines, ""]), encoding="utf-8"
        )
        closed = [f"{day},closed" for day in sorted(office.holidays)]
        (reference / "holidays.csv").write_text(
            "\n".join(["holiday,name", *(closed or ["1999-01-01,none"]), ""]), encoding="utf-8"
        )
        selected = "business_hours holidays path:models/intermediate/calendar"
        sandbox.build(AS_OF, "--select", selected)
        between = compiled(
            sandbox,
            "select asked.number, {{ open_micros_until('asked.ends_at', 'at_end') }}"
            " - {{ open_micros_until('asked.starts_at', 'at_start') }} from asked"
            " inner join {{ ref('int_business_calendar') }} as at_start"
            " on cast(asked.starts_at as date) = at_start.day"
            " inner join {{ ref('int_business_calendar') }} as at_end"
            " on cast(asked.ends_at as date) = at_end.day order by asked.number",
        )
        after = compiled(
            sandbox,
            "with goals as (select asked.number, asked.allowed + "
            "{{ open_micros_until('asked.starts_at', 'at_start') }} as goal from asked"
            " inner join {{ ref('int_business_calendar') }} as at_start"
            " on cast(asked.starts_at as date) = at_start.day)"
            " select goals.number,"
            " {{ micros_after('stretches.opens_at', 'goals.goal - stretches.open_micros_before') }}"
            " from goals inner join {{ ref('int_business_stretches') }} as stretches"
            " on {{ stretch_of('goals.goal - 1') }} = stretches.stretch"
            " and goals.goal > stretches.open_micros_before"
            " and goals.goal <= stretches.open_micros_after order by goals.number",
        )
        return cls(office, sandbox.warehouse, between, after)

    def ask(self, query: str, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """The answer to each row (start, end, microseconds allowed), in order."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(
                "create temp table asked"
                " (number integer, starts_at timestamp, ends_at timestamp, allowed bigint)"
            )
            asked = [(number, *row) for number, row in enumerate(rows)]
            connection.executemany("insert into asked values (?, ?, ?, ?)", asked)
            found = connection.execute(query).fetchall()
        assert [number for number, _ in found] == list(range(len(asked)))
        return [answer for _, answer in found]


def compiled(sandbox: Sandbox, query: str) -> str:
    """What the macros in a query become."""
    outcome = sandbox.dbt("compile", AS_OF, "--inline", query)
    assert outcome.success, outcome.exception
    return str(outcome.result.results[0].node.compiled_code)


@pytest.fixture(scope="module", params=OFFICES)
def calendar(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Calendar]:
    yield Calendar.built(OFFICES[request.param], tmp_path_factory.mktemp("office"))


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    """A whole minute around the days on which something changes."""
    return draw(st.sampled_from(AROUND)) + timedelta(minutes=draw(st.integers(-4000, 4000)))


minutes = st.one_of(st.sampled_from([1, 59, 60, 540, 541, 1080]), st.integers(1, 6000))
fractions = st.integers(0, 59_999_999).map(lambda micros: micros * MICRO)
few_examples = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@few_examples
@example([(datetime(2026, 3, 29, 0, 30), 60), (datetime(2026, 10, 24, 22), 3000)])
@given(asked=st.lists(st.tuples(starts(), minutes), min_size=1, max_size=12))
def test_as_on_the_wall(calendar: Calendar, asked: list[tuple[datetime, int]]) -> None:
    office, diary = calendar.office, Diary(calendar.office)
    ends = [start + timedelta(minutes=length) for start, length in asked]
    rows = [(at[0], end, at[1] * 60_000_000) for at, end in zip(asked, ends, strict=True)]
    passed = calendar.ask(calendar.between, rows)
    dues = calendar.ask(calendar.after, rows)
    for (start, length), end, micros, due_at in zip(asked, ends, passed, dues, strict=True):
        counted = office.minutes_between(start, end)
        assert micros * MICRO == timedelta(minutes=counted), (start, end)
        assert diary.between(start, end) == timedelta(minutes=counted), (start, end)
        assert due_at == office.due(start, length), (start, length)
        assert diary.after(start, timedelta(minutes=length)) == due_at, (start, length)


@few_examples
@given(
    asked=st.lists(
        st.tuples(starts(), fractions, st.integers(0, 20_000), fractions, minutes),
        min_size=1,
        max_size=40,
    )
)
def test_to_the_microsecond(
    calendar: Calendar, asked: list[tuple[datetime, timedelta, int, timedelta, int]]
) -> None:
    diary = Diary(calendar.office)
    rows = []
    for start, past, length, more, allowed in asked:
        begin = start + past
        rows.append((begin, begin + timedelta(minutes=length) + more, allowed * 60_000_000 + 1))
    passed = calendar.ask(calendar.between, rows)
    dues = calendar.ask(calendar.after, rows)
    for (begin, end, allowed), micros, due_at in zip(rows, passed, dues, strict=True):
        assert micros * MICRO == diary.between(begin, end), (begin, end)
        assert due_at == diary.after(begin, allowed * MICRO), (begin, allowed)


@pytest.mark.skipif(
    not INTERVALS.is_file(),
    reason=f"no real intervals in {INTERVALS}; name their folder in LEADGER_REAL_DATA",
)
def test_real_intervals_to_the_second(tmp_path: Path) -> None:
    with INTERVALS.open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    assert len(known) == 2378
    rows = [(_second(row["created_utc"]), _second(row["first_touch_utc"]), 1) for row in known]
    calendar = Calendar.built(PARIS, tmp_path)
    found = calendar.ask(calendar.between, rows)
    seconds = [int(row["business_seconds_fr_0900_1800"]) for row in known]
    assert found == [1_000_000 * each for each in seconds]


def _second(text: str) -> datetime:
    """An instant in whole seconds, as the intervals were measured."""
    instant = datetime.fromisoformat(text).astimezone(UTC)
    return instant.replace(tzinfo=None, microsecond=0)


def test_hours_that_overlap_are_refused(tmp_path: Path) -> None:
    overlapping: Hours = {1: [(time(9), time(12)), (time(11), time(18))]}
    office = Office(ZoneInfo("Europe/Paris"), overlapping, frozenset())
    with pytest.raises(AssertionError, match="every_opening_is_in_the_calendar"):
        Calendar.built(office, tmp_path)


def test_the_holidays_are_the_computed_ones() -> None:
    with (PROJECT / "seeds" / "reference" / "holidays.csv").open(encoding="utf-8") as file:
        seeded = [(date.fromisoformat(row["holiday"]), row["name"]) for row in csv.DictReader(file)]
    assert seeded == list(holidays(range(2006, 2032)))


@pytest.mark.skipif(
    not OFFICIAL.is_file(),
    reason=f"no official holidays in {OFFICIAL}; name their folder in LEADGER_REAL_DATA",
)
def test_the_holidays_are_the_official_ones() -> None:
    with OFFICIAL.open(encoding="utf-8") as file:
        official = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    assert {day for day, _ in holidays(range(2006, 2032))} == official
