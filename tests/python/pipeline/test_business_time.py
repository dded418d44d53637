"""Business time in SQL: as on the office wall, minute by minute, and as really measured."""

from __future__ import annotations

import csv
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import duckdb
import pytest

from model.business_time import Diary, Hours, Office
from model.sla import PARIS
from orchestration.business_calendar import holidays
from orchestration.workspace import PROJECT
from pipeline.sandbox import Sandbox
from pipeline.test_lending_funnel import DATA

INTERVALS = DATA / "business_hours" / "intervals.csv"
OFFICIAL = DATA / "french_holidays" / "jours_feries_metropole.csv"
AROUND = [
    *(datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2025, 12, 31), datetime(2026, 1, 1)),
    *(datetime(2026, 5, 1), datetime(2026, 5, 14), datetime(2024, 2, 29), datetime(2026, 4, 5)),
    *(datetime(2026, 11, 1), datetime(2026, 3, 8), datetime(2026, 9, 27), datetime(2026, 7, 14)),
]
"""Changes of the clocks in several zones, holidays, year ends, a leap day."""
ASKED = int(os.environ.get("LEADGER_INTERVALS", "150"))
AUCKLAND: Hours = {
    **dict.fromkeys(range(1, 5), (time(8, 30), time(17, 15))),
    6: (time(10), time(13)),
}
OFFICES = {
    "Paris": PARIS,
    "Auckland": Office(ZoneInfo("Pacific/Auckland"), AUCKLAND, frozenset()),
    "New York": Office(
        ZoneInfo("America/New_York"),
        dict.fromkeys(range(1, 7), (time(0), time(23, 59))),
        frozenset({date(2026, 7, 4), date(2025, 12, 25)}),
    ),
}


def warehouse_of(office: Office, folder: Path) -> Sandbox:
    """A warehouse with the calendar of an office, built from seeds of its own."""
    sandbox = Sandbox.make(folder / "sandbox")
    reference = sandbox.seeds / "reference"
    lines = [
        f"{office.zone.key},{weekday},{opens:%H:%M},{closes:%H:%M}"
        for weekday, (opens, closes) in office.hours.items()
    ]
    (reference / "business_hours.csv").write_text(
        "\n".join(["zone,weekday,opens,closes", *lines, ""]), encoding="utf-8"
    )
    closed = [f"{day},closed" for day in sorted(office.holidays)]
    (reference / "holidays.csv").write_text(
        "\n".join(["holiday,name", *(closed or ["1999-01-01,none"]), ""]), encoding="utf-8"
    )
    selected = "business_hours holidays path:models/intermediate/calendar"
    outcome = sandbox.dbt("build", datetime(2026, 6, 1), "--select", selected)
    assert outcome.success, outcome.exception
    return sandbox


def in_sql(sandbox: Sandbox, expression: str, joins: str) -> str:
    """What a macro becomes, as a query over `intervals`."""
    outcome = sandbox.dbt(
        "compile",
        datetime(2026, 6, 1),
        "--inline",
        f"select intervals.*, {expression} from intervals {joins}",
    )
    assert outcome.success, outcome.exception
    return str(outcome.result.results[0].node.compiled_code)


BETWEEN = (
    "{{ open_micros_until('intervals.ends_at', 'at_end') }}"
    " - {{ open_micros_until('intervals.starts_at', 'at_start') }} as micros",
    "inner join {{ ref('int_business_calendar') }} as at_start"
    " on cast(intervals.starts_at as date) = at_start.day"
    " inner join {{ ref('int_business_calendar') }} as at_end"
    " on cast(intervals.ends_at as date) = at_end.day",
)
DUE = (
    "{{ micros_after('stretches.opens_at', 'intervals.target - stretches.open_micros_before') }}"
    " as due_at",
    "inner join {{ ref('int_business_stretches') }} as stretches"
    " on {{ stretch_of('intervals.target - 1') }} = stretches.stretch"
    " and intervals.target > stretches.open_micros_before"
    " and intervals.target <= stretches.open_micros_after",
)


def generated(seed: int) -> list[tuple[datetime, datetime]]:
    """Intervals on whole minutes, around the days on which something changes."""
    random = Random(seed)
    found = []
    for _ in range(ASKED):
        start = random.choice(AROUND) + timedelta(minutes=random.randint(-4000, 4000))
        length = random.choice([0, 1, 59, 60, 540, random.randint(0, 8000)])
        found.append((start, start + timedelta(minutes=length)))
    return found


@pytest.mark.parametrize("name", OFFICES)
def test_minute_by_minute(tmp_path: Path, name: str) -> None:
    office = OFFICES[name]
    sandbox = warehouse_of(office, tmp_path)
    between, due = in_sql(sandbox, *BETWEEN), in_sql(sandbox, *DUE)
    diary = Diary(office)
    with duckdb.connect(str(sandbox.warehouse)) as connection:
        connection.execute("create temp table intervals (starts_at timestamp, ends_at timestamp)")
        connection.executemany("insert into intervals values (?, ?)", generated(7))
        measured = connection.execute(between).fetchall()
        assert len(measured) == ASKED
        for start, end, micros in measured:
            minutes = office.minutes_between(start, end)
            assert micros == minutes * 60_000_000, (start, end)
            assert diary.between(start, end) == timedelta(minutes=minutes), (start, end)
        allowed = 61 * 60_000_000
        connection.execute(
            "create or replace temp table intervals as select starts_at, 0 as target, "
            f"starts_at as ends_at from ({between})"
        )
        until = in_sql(
            sandbox,
            f"{{{{ open_micros_until('intervals.starts_at', 'at_start') }}}} + {allowed} as goal",
            "inner join {{ ref('int_business_calendar') }} as at_start"
            " on cast(intervals.starts_at as date) = at_start.day",
        )
        connection.execute(
            "create or replace temp table intervals as "
            f"select starts_at, goal as target from ({until})"
        )
        found = connection.execute(due).fetchall()
        assert len(found) == ASKED
        for start, _, due_at in found:
            assert due_at == office.due(start, 61), start
            assert diary.after(start, timedelta(minutes=61)) == due_at, start


@pytest.mark.skipif(
    not INTERVALS.is_file(), reason=f"no {INTERVALS}; name its folder in LEADGER_REAL_DATA"
)
def test_real_intervals(tmp_path: Path) -> None:
    sandbox = warehouse_of(PARIS, tmp_path)
    between = in_sql(sandbox, *BETWEEN)
    with INTERVALS.open(encoding="utf-8") as file:
        rows = [
            (_utc(row["created_utc"]), _utc(row["first_touch_utc"]), row)
            for row in csv.DictReader(file)
        ]
    assert len(rows) == 2378
    with duckdb.connect(str(sandbox.warehouse)) as connection:
        connection.execute(
            "create temp table intervals (number integer, starts_at timestamp, ends_at timestamp)"
        )
        connection.executemany(
            "insert into intervals values (?, ?, ?)",
            [(number, start, end) for number, (start, end, _) in enumerate(rows)],
        )
        wrong = []
        for number, _, _, micros in connection.execute(between).fetchall():
            expected = int(rows[number][2]["business_seconds_fr_0900_1800"])
            if abs(micros / 1_000_000 - expected) >= 1:
                wrong.append((rows[number][2], micros))
    assert wrong == []


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def test_the_holidays_are_the_computed_ones() -> None:
    with (PROJECT / "seeds" / "reference" / "holidays.csv").open(encoding="utf-8") as file:
        seeded = [(date.fromisoformat(row["holiday"]), row["name"]) for row in csv.DictReader(file)]
    assert seeded == list(holidays(range(2006, 2032)))


@pytest.mark.skipif(
    not OFFICIAL.is_file(), reason=f"no {OFFICIAL}; name its folder in LEADGER_REAL_DATA"
)
def test_the_holidays_are_the_official_ones() -> None:
    with OFFICIAL.open(encoding="utf-8") as file:
        official = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    assert {day for day, _ in holidays(range(2006, 2032))} == official
