"""The month in figures, beside those of the month before, and what they suggest to look at."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.review.blocks import Card, Cell, Remark, Section, Table
from orchestration.review.findings import Finding, Outcome
from orchestration.review.marts import Kpis
from orchestration.review.speaker import Speaker
from orchestration.review.words import NOT_KNOWN

STAGES = ("leads", "mqls", "sqls", "prospects", "customers")
RATES = (
    *("lead_to_mql_period", "mql_to_sql_period", "sql_to_prospect_period", "mql_to_sql_cohort"),
    *("acceptance", "recycle", "contested", "win", "win_value", "sla_met", "leakage"),
)
COSTS = ("cost_per_lead", "cost_per_mql", "cost_per_sql")


def headline(say: Speaker) -> Section:
    """Counts as cards, rates and times as a table."""
    review = say.review
    month, previous = review.month, review.month.after(-1)
    now, before = review.overall.get(month), review.overall.get(previous)
    table = Table(
        say("headline_caption", previous=say.month(previous)),
        [say("figure"), say.month(month), say.month(previous), say("change")],
        [[Cell(name), *line] for name, line in _lines(say, now, before)],
    )
    return Section(
        "headline",
        say("headline"),
        cards=[_card(say, name, now, before) for name in STAGES],
        tables=[table],
    )


def looking(say: Speaker, found: list[Finding]) -> Section:
    """What the rules found, what they did not, and what they could not judge."""
    sentences = {
        outcome: [say.sentence(each) for each in found if each.outcome is outcome]
        for outcome in Outcome
    }
    remarks = [Remark("", sentences[Outcome.LOOK] or [say("looking_none")], True)]
    remarks += [
        Remark(say(f"looking_{outcome.value}"), sentences[outcome], False)
        for outcome in (Outcome.QUIET, Outcome.FEW)
        if sentences[outcome]
    ]
    return Section("looking", say("looking"), intro=say("looking_intro"), remarks=remarks)


def _card(say: Speaker, name: str, now: Kpis | None, before: Kpis | None) -> Card:
    previous = say.month(say.review.month.after(-1))
    then = say.number(before.count(name) if before is not None else 0)
    return Card(
        say(name),
        say(f"{name}_of"),
        say.count(now.count(name) if now is not None else 0),
        say("last_month_was", month=previous, value=then),
    )


def _lines(
    say: Speaker, now: Kpis | None, before: Kpis | None
) -> Iterator[tuple[str, tuple[Cell, Cell, Cell]]]:
    for name in RATES:
        yield say(name), _rate_line(say, name, now, before)
    yield say("response_median"), _line(say, "response_median_business_minutes", now, before)
    yield say("response_p90"), _line(say, "response_p90_business_minutes", now, before)
    yield say("cycle_median"), _line(say, "cycle_median_days", now, before)
    yield say("average_won"), _line(say, "average_won_amount", now, before)
    for name in COSTS:
        yield say(name), _line(say, name, now, before)
    yield say("open_prospects"), _line(say, "open_prospects", now, before)
    yield say("velocity"), _line(say, "pipeline_velocity", now, before)


def _rate_line(
    say: Speaker, name: str, now: Kpis | None, before: Kpis | None
) -> tuple[Cell, Cell, Cell]:
    rates = [kpis.rate(name) if kpis is not None else None for kpis in (now, before)]
    cells = [say.rate(rate) if rate is not None else Cell(NOT_KNOWN) for rate in rates]
    whole = [rate.value if rate is not None and not rate.immature else None for rate in rates]
    return cells[0], cells[1], say.change(*whole, is_share=True)


def _line(
    say: Speaker, name: str, now: Kpis | None, before: Kpis | None
) -> tuple[Cell, Cell, Cell]:
    cells = [
        _figure(say, name, kpis) if kpis is not None else Cell(NOT_KNOWN) for kpis in (now, before)
    ]
    values = [kpis.amount(name) if kpis is not None else None for kpis in (now, before)]
    return cells[0], cells[1], say.change(*values)


def _figure(say: Speaker, name: str, kpis: Kpis) -> Cell:
    """A figure in its unit, and the cases it is made of."""
    value = kpis.amount(name)
    if name.startswith("response_"):
        rate = kpis.rate("response_time")
        detail = say(
            "response_given",
            numerator=say.number(rate.numerator),
            denominator=say.number(rate.denominator),
        )
        if value is None and rate.denominator:
            return Cell(say("not_reached"), None, detail, say.marks(rate))
        return _with_unit(
            say, say.figure(value, detail=detail, is_small=rate.is_small), "business_minutes"
        )
    if name == "cycle_median_days":
        cell = say.figure(
            value,
            1,
            detail=_cases(say, kpis.count("cycle_denominator")),
            is_small=bool(kpis.row["is_cycle_small"]),
        )
        return (
            cell
            if value is None
            else Cell(say("days_count", count=cell.text), value, cell.detail, cell.marks)
        )
    if name == "average_won_amount" or name in COSTS:
        rate = kpis.rate(name)
        return say.figure(value, detail=say.cases(rate), is_small=rate.is_small)
    if name == "pipeline_velocity" and value is not None:
        cell = say.figure(value)
        marks = (say("small"),) if kpis.is_velocity_small else ()
        return Cell(say("per_day", amount=cell.text), value, "", marks)
    return say.figure(value)


def _with_unit(say: Speaker, cell: Cell, unit: str) -> Cell:
    if cell.value is None:
        return cell
    return Cell(f"{cell.text} {say(unit)}", cell.value, cell.detail, cell.marks)


def _cases(say: Speaker, count: int) -> str:
    return say("case") if count == 1 else say("cases", count=say.number(count))
