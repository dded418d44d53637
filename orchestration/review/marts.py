"""What the review is made of, read from the published marts. All instants are naive UTC."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from orchestration.audit.stages import open_marts
from orchestration.errors import UnusableInputError
from orchestration.review.months import REFERENCE, Month
from orchestration.review.rates import Rate
from orchestration.warehouse import Connection, Place

TABLES = (
    *("marts.kpi_basis", "marts.kpis_monthly", "marts.funnel_periods", "marts.funnel_cohorts"),
    *("marts.funnel_entries", "marts.mqls", "marts.sla_clocks", "marts.source_audit"),
    "marts.reps",
)
TREND_MONTHS = 12
COHORT_MONTHS = 6
_EPISODES = """
    select
        entries.path, mqls.icp_grade_at_entry, entries.entered_at, entries.reached_sql_at,
        entries.is_mature, entries.is_converted
    from marts.funnel_entries as entries
    inner join marts.mqls as mqls
        on entries.lead_id = mqls.lead_id and entries.entry_number = mqls.mql_number
    where entries.stage = 'mql' and entries.entered_at >= ? and entries.entered_at < ?
    order by entries.entered_at, entries.entry_id
"""
_CLOCKS = """
    select
        clocks.obligation, clocks.segment, clocks.status, clocks.owner_id, reps.name as owner_name,
        clocks.lead_id is not null as is_about_a_person, clocks.attempts,
        clocks.business_minutes_used, clocks.stopped_at is not null as is_stopped,
        clocks.voided_at is not null as is_voided
    from marts.sla_clocks as clocks
    left join marts.reps as reps on clocks.owner_id = reps.rep_id
    where clocks.started_at >= ? and clocks.started_at < ?
    order by clocks.started_at, clocks.clock_id
"""
_RETURNS = """
    select return_reason, returned_at from marts.funnel_entries
    where stage = 'mql' and returned_at >= ? and returned_at < ?
    order by returned_at, entry_id
"""
_KPIS = """
    select * from marts.kpis_monthly where month >= ? and month <= ?
    order by segment_type, segment, month
"""
_PERIODS = """
    select * from marts.funnel_periods where segment_type = 'all' and month = ?
"""
_COHORTS = """
    select * from marts.funnel_cohorts
    where
        segment_type = 'all' and from_stage = 'mql' and to_stage = 'sql'
        and month >= ? and month <= ?
"""
_SOURCES = "select * from marts.source_audit order by source_type, people desc, source"


@dataclass(frozen=True)
class Basis:
    """The row of `kpi_basis`: what the marts were judged at, and the settings in force then."""

    as_of: datetime
    month: date
    last_complete_month: date
    maturity_days: int
    contest_days: int
    acceptance_expires_days: int
    re_mql_days: int
    small_sample_below: int

    def rate(self, numerator: float, denominator: float, immature: int = 0) -> Rate:
        """A rate of cases counted here, marked as the marts mark theirs."""
        return Rate(numerator, denominator, denominator < self.small_sample_below, immature)


@dataclass(frozen=True)
class Episode:
    """An MQL episode, and whether it reached SQL before the next one."""

    path: str | None
    icp_grade_at_entry: str | None
    entered_at: datetime
    reached_sql_at: datetime | None
    is_mature: bool
    is_converted: bool


@dataclass(frozen=True)
class Clock:
    """An SLA clock that started in the month."""

    obligation: str
    segment: str
    status: str
    owner_id: str | None
    owner_name: str | None
    is_about_a_person: bool
    attempts: int | None
    business_minutes_used: float | None
    is_stopped: bool
    is_voided: bool


@dataclass(frozen=True)
class Return:
    """An MQL episode that sales sent back, and why."""

    return_reason: str | None
    returned_at: datetime


@dataclass(frozen=True)
class Kpis:
    """A row of `kpis_monthly`: a segment in a month."""

    row: Mapping[str, Any]

    @property
    def month(self) -> Month:
        """The month it is about."""
        return Month(self.row["month"])

    @property
    def segment_type(self) -> str:
        """By what people are told apart."""
        return str(self.row["segment_type"])

    @property
    def segment(self) -> str:
        """Which of them it is about."""
        return str(self.row["segment"])

    @property
    def is_velocity_small(self) -> bool:
        """Whether one of the rates its velocity is made of has few cases."""
        names = ("is_win_small", "is_average_won_amount_small", "is_cycle_small")
        return any(self.row[name] for name in names)

    def count(self, name: str) -> int:
        """A number of cases."""
        return int(self.row[name])

    def amount(self, name: str) -> float | None:
        """A figure that may not be known."""
        value = self.row[name]
        return None if value is None else float(value)

    def rate(self, name: str) -> Rate:
        """A rate with its numerator, denominator and marks; unknown costs count as no cases."""
        numerator = self.row[f"{name}_numerator"]
        is_known = numerator is not None
        return Rate(
            numerator if is_known else 0,
            self.row[f"{name}_denominator"] if is_known else 0,
            bool(self.row[f"is_{name}_small"]),
            int(self.row.get(f"{name}_immature", 0)),
        )


@dataclass(frozen=True)
class Label:
    """What people call something, in both languages."""

    en: str
    fr: str

    def __getitem__(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True)
class Benchmark:
    """What others report of a figure: a label, never a check."""

    kpi: str
    low: float | None
    high: float | None
    unit: str
    source: str
    trust: str
    label: Label


@dataclass(frozen=True)
class Reference:
    """Names and benchmarks, as the reference seeds give them."""

    benchmarks: tuple[Benchmark, ...]
    reasons: Mapping[str, Label]
    contesting: frozenset[str]
    sla: Mapping[str, Label]
    stages: Mapping[str, Label]


@dataclass(frozen=True)
class Review:
    """Everything the page is made of."""

    month: Month
    basis: Basis
    kpis: Sequence[Kpis]
    periods: Sequence[Mapping[str, Any]]
    cohorts: Mapping[Month, Mapping[str, Any]]
    episodes: Sequence[Episode]
    clocks: Sequence[Clock]
    returns: Sequence[Return]
    """Of the last `COHORT_MONTHS` months."""
    sources: Sequence[Mapping[str, Any]]
    reference: Reference

    @property
    def is_over(self) -> bool:
        """Whether the month had ended when the marts were built."""
        return self.month.ends_at <= self.basis.as_of

    @property
    def months(self) -> list[Month]:
        """The months whose cohorts are shown."""
        return self.month.and_before(COHORT_MONTHS)

    @property
    def months_returns(self) -> list[Return]:
        """What sales sent back in the month itself."""
        start = datetime.combine(self.month.first_day, datetime.min.time())
        return [each for each in self.returns if each.returned_at >= start]

    def of_segment(self, segment_type: str, segment: str) -> dict[Month, Kpis]:
        """A segment's rows by month."""
        return {
            kpis.month: kpis
            for kpis in self.kpis
            if (kpis.segment_type, kpis.segment) == (segment_type, segment)
        }

    @property
    def overall(self) -> dict[Month, Kpis]:
        """Everybody's rows by month."""
        return self.of_segment("all", "all")

    def of_month(self, *segment_types: str) -> list[Kpis]:
        """The rows of the month, of some ways to tell people apart."""
        return [
            kpis
            for kind in segment_types
            for kpis in self.kpis
            if kpis.segment_type == kind and kpis.month == self.month
        ]


def read_review(warehouse: Place, month: Month | None = None) -> Review:
    """Read a month from the published marts; without one, the last that was over.

    Raises:
        UnusableInputError: there are no such marts, or the month had not begun when they were
            built.
    """
    with open_marts(warehouse, *TABLES) as connection:
        basis = _basis(connection)
        wanted = month or Month(basis.last_complete_month)
        if wanted.first_day > basis.month:
            raise UnusableInputError(
                f"{wanted.label} had not begun when the marts were built, at "
                f"{basis.as_of:%Y-%m-%d %H:%M} UTC. Name an earlier month, or build: leadger run"
            )
        first, last = wanted.and_before(COHORT_MONTHS)[0].first_day, wanted.first_day
        first_kpis = wanted.and_before(TREND_MONTHS + 1)[0].first_day
        ends_at = wanted.ends_at
        return Review(
            month=wanted,
            basis=basis,
            kpis=[Kpis(row) for row in _rows(connection, _KPIS, first_kpis, last)],
            periods=_rows(connection, _PERIODS, last),
            cohorts={Month(row["month"]): row for row in _rows(connection, _COHORTS, first, last)},
            episodes=[
                Episode(**row) for row in _rows(connection, _EPISODES, _midnight(first), ends_at)
            ],
            clocks=[Clock(**row) for row in _rows(connection, _CLOCKS, _midnight(last), ends_at)],
            returns=[
                Return(**row) for row in _rows(connection, _RETURNS, _midnight(first), ends_at)
            ],
            sources=_rows(connection, _SOURCES),
            reference=read_reference(),
        )


def read_reference() -> Reference:
    """Names and benchmarks, from the reference seeds."""
    reasons = _seed("reasons")
    return Reference(
        tuple(
            Benchmark(
                kpi=row["kpi"],
                low=_number(row["low"]),
                high=_number(row["high"]),
                unit=row["unit"],
                source=row["source"],
                trust=row["trust"],
                label=_label(row),
            )
            for row in _seed("kpi_benchmarks")
        ),
        {row["reason"]: _label(row) for row in reasons},
        frozenset(row["reason"] for row in reasons if row["is_contesting"] == "true"),
        {row["name"]: _label(row) for row in _seed("sla_labels")},
        {row["stage"]: _label(row) for row in _seed("stage_labels")},
    )


def _basis(connection: Connection) -> Basis:
    columns = ", ".join(field.name for field in fields(Basis))
    found = _rows(connection, f"select {columns} from marts.kpi_basis")
    if not found:
        raise UnusableInputError(
            "marts.kpi_basis is empty: no settings of the KPIs are in force. "
            "Look at seeds/reference/kpi_settings.csv, then: leadger run"
        )
    return Basis(**found[0])


def _rows(connection: Connection, query: str, *values: object) -> list[dict[str, Any]]:
    result = connection.execute(query, values)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _seed(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def _label(row: Mapping[str, str]) -> Label:
    return Label(row["label_en"], row["label_fr"])


def _number(text: str) -> float | None:
    return float(text) if text else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())
