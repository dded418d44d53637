"""Intervals, percentiles and curves, against values worked out elsewhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from orchestration.errors import UnusableInputError
from orchestration.review.months import BusinessDays, Month
from orchestration.review.rates import (
    Rate,
    censored_percentile,
    counted_by_bucket,
    wilson,
)
from orchestration.review.sections.funnel import Observed, observed, scale, steps
from review.cases import episodes


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [(8, 10, 0.490162, 0.943318), (0, 20, 0.0, 0.161125), (20, 20, 0.838875, 1.0)],
)
def test_wilson(numerator: int, denominator: int, low: float, high: float) -> None:
    assert wilson(numerator, denominator) == pytest.approx((low, high), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)


def test_rates_are_told_apart_by_their_intervals() -> None:
    low, high, middle = Rate(5, 100, False), Rate(50, 100, False), Rate(10, 100, False)
    assert high.is_above(low) and not low.is_above(high)
    assert low.is_apart_from(high) and high.is_apart_from(low)
    assert not low.is_apart_from(middle)
    assert Rate(0, 0, True).value is None
    assert not Rate(0, 0, True).is_apart_from(high)


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [
        ([], None, None),
        ([3.0], 3.0, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 2.5, 3.7),
        ([1.0, 2.0, None], 2.0, None),
        ([1.0, None], None, None),
        ([None, None, 5.0], None, None),
    ],
)
def test_what_has_not_come_counts(
    values: list[float | None], median: float | None, p90: float | None
) -> None:
    assert censored_percentile(values, 0.5) == pytest.approx(median)
    assert censored_percentile(values, 0.9) == pytest.approx(p90)


def test_buckets_hold_their_upper_edge() -> None:
    assert counted_by_bucket([0, 15, 15.1, 30, 99], (15, 30)) == [2, 2, 1]
    assert counted_by_bucket([], (15, 30)) == [0, 0, 0]


def test_a_cohort_is_followed_as_long_as_all_of_it_is() -> None:
    cohort = episodes("score", "A", 3, 4)
    late = cohort[3].__class__(
        **{**vars(cohort[3]), "entered_at": datetime(2026, 2, 1), "reached_sql_at": None}
    )
    followed = [*cohort[:3], late]
    whole = observed(followed, datetime(2026, 6, 1), 90)
    assert whole == Observed(4, 90, [2.0, 2.0, 2.0])
    assert whole.share == 0.75
    assert observed(followed, datetime(2026, 2, 21, 23), 90) == Observed(4, 20, [2.0, 2.0, 2.0])
    # on the second day nobody's second day has been observed whole
    assert observed(followed, datetime(2026, 2, 3), 90) == Observed(4, 2, [])
    assert observed(followed, datetime(2026, 2, 1, 1), 90).days == 0


def test_a_curve_ends_where_observation_does() -> None:
    points = steps(Observed(4, 45, [9.0, 18.0]), 90, 0.5)
    assert points == [(0, 100), (10, 100), (10, 50), (20, 50), (20, 0), (50, 0)]
    assert [scale(shares) for shares in ([], [0.1], [0.11], [0.5, 0.2], [0.7])] == [
        *(0.1, 0.1, 0.2, 0.5, 1.0)
    ]


def test_months() -> None:
    month = Month.parse(" 2026-01 ")
    assert (month.label, month.first_day) == ("2026-01", date(2026, 1, 1))
    assert month.ends_at == datetime(2026, 2, 1)
    assert [each.label for each in month.and_before(3)] == ["2025-11", "2025-12", "2026-01"]
    assert month.after(12).label == "2027-01" and month.after(-1).label == "2025-12"


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "May 2026", "", "2026-05-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(UnusableInputError, match=r"is not a month\. Write year and month: 2026-10"):
        Month.parse(text)


def test_the_first_business_day() -> None:
    days = BusinessDays.read()
    found = []
    day = date(2026, 1, 1)
    while day < date(2027, 1, 1):
        if days.is_first_of_month(day):
            found.append(day)
        day += timedelta(days=1)
    expected = ["01-02", "02-02", "03-02", "04-01", "05-04", "06-01"]
    expected += ["07-01", "08-03", "09-01", "10-01", "11-02", "12-01"]
    assert [f"{each:%m-%d}" for each in found] == expected


def test_other_opening_hours_have_other_business_days() -> None:
    early, late = date(2000, 1, 1), date(2026, 6, 1)
    days = BusinessDays({(early, 1), (late, 6)}, {date(2026, 6, 6)})
    assert days.is_open(date(2026, 5, 4))
    assert days.is_open(date(1999, 12, 27))
    assert not days.is_open(date(2026, 6, 8))
    assert not days.is_open(date(2026, 6, 6))
    assert days.is_first_of_month(date(2026, 6, 13))
