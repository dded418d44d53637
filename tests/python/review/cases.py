"""Reviews made up by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from orchestration.review.marts import (
    Basis,
    Clock,
    Episode,
    Kpis,
    Return,
    Review,
    read_reference,
)
from orchestration.review.months import Month

MONTH = Month(date(2026, 5, 1))
AS_OF = datetime(2026, 6, 20)
BASIS = Basis(
    as_of=AS_OF,
    month=date(2026, 6, 1),
    last_complete_month=date(2026, 5, 1),
    maturity_days=90,
    contest_days=30,
    acceptance_expires_days=30,
    re_mql_days=180,
    small_sample_below=20,
)
EMPTY = Review(
    month=MONTH,
    basis=BASIS,
    kpis=[],
    periods=[],
    cohorts={},
    episodes=[],
    clocks=[],
    returns=[],
    sources=[],
    reference=read_reference(),
)


def clock(obligation: str = "mql_first_contact", status: str = "met", **known: Any) -> Clock:
    """A clock, stopped after ten minutes unless told otherwise."""
    values: dict[str, Any] = {
        "segment": "*",
        "owner_id": "r1",
        "owner_name": "Ada",
        "is_about_a_person": True,
        "attempts": 1,
        "business_minutes_used": 10.0,
        "is_stopped": True,
        "is_voided": False,
    }
    return Clock(obligation=obligation, status=status, **{**values, **known})


def episodes(path: str, grade: str, converted: int, size: int) -> list[Episode]:
    """So many mature episodes, of which some became SQL after two days."""
    entered_at = datetime(2026, 1, 10)
    return [
        Episode(
            path=path,
            icp_grade_at_entry=grade,
            entered_at=entered_at,
            reached_sql_at=entered_at + timedelta(days=2) if place < converted else None,
            is_mature=True,
            is_converted=place < converted,
        )
        for place in range(size)
    ]


def returns(counts: Mapping[str | None, int], at: datetime = datetime(2026, 5, 4)) -> list[Return]:
    """MQLs sent back, by reason."""
    return [Return(reason, at) for reason, count in counts.items() for _ in range(count)]


def kpis(
    rates: Mapping[str, tuple[int, int]],
    month: Month = MONTH,
    segment_type: str = "all",
    segment: str = "all",
) -> Kpis:
    """A row of the KPIs that knows some rates."""
    row: dict[str, Any] = {
        "month": month.first_day,
        "segment_type": segment_type,
        "segment": segment,
    }
    for name, (numerator, denominator) in rates.items():
        row |= {
            f"{name}_numerator": numerator,
            f"{name}_denominator": denominator,
            f"is_{name}_small": denominator < BASIS.small_sample_below,
        }
    return Kpis(row)


def source(name: str, proven: int, people: int, kind: str = "agency") -> dict[str, Any]:
    """A row of the source audit."""
    row: dict[str, Any] = {"source_type": kind, "source": name, "people": people}
    row |= {"leads": people, "duplicates": 0}
    for rate in ("legal_basis", "proof", "objection", "conversion"):
        row |= {
            f"{rate}_numerator": proven,
            f"{rate}_denominator": people,
            f"is_{rate}_small": people < BASIS.small_sample_below,
        }
    return row
