"""The month in figures, beside those of the month before, and what they suggest to look at."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.review.blocks import Card, Cell, Remark, Section, Table
from orchestration.review.findings import Finding, Outcome
from orchestration.review.marts import Kpis
from orchestration.review.sections.sales import amount_cell, cycle_cell, velocity_cell
from orchestration.review.speaker import Speaker
from orchestration.review.words import NOT_KNOWN

STAGES = ("leads", "mqls", "sqls", "prospects", "customers")
RATES = (
    *("lead_to_mql_period", "mql_to_sql_period", "sql_to_prospect_period"),
    *("prospect_to_customer_period", "mql_to_sql_cohort", "prospect_to_customer_cohort"),
    *("acceptance", "recycle", "re_mql", "contested", "win", "win_value", "sla_met", "leakage"),
)
RESPONSES = ("response_median_business_minutes", "response_p90_business_minutes")
CYCLE = "cycle_median_days"
AMOUNTS = ("average_won_amount", "cost_per_lead", "cost_per_mql", "cost_per_sql")
VELOCITY = "pipeline_velocity"
MEASURES = (*RESPONSES, CYCLE, *AMOUNTS, "open_prospects", VELOCITY)


def headline(say: Speaker) -> Section:
    """Counts as cards, rates and times as a table."""
    review = say.review
    month, previous = review.month, review.month.after(-1)
    now, before = review.overall.get(month), review.overall.get(previous)
    table = Table(
        say("headline_caption", previous=say.month(previous)),
        [say("figure"), say.month(month), say.month(previous), say("change")],
        [[name, *line] for name, line in _lines(say, now, before)],
    )
    return Section(
        "headline",
        say("headline"),
        cards=[_card(say, name, now, before) for name in STAGES],
        tables=[table] if now is not None or before is not None else [],
        facts=list(_left_out(say, now)),
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


def _left_out(say: Speaker, now: Kpis | None) -> Iterator[str]:
    """Costs of the month that are in no figure."""
    count = now.count("costs_without_rate") if now is not None else 0
    if count:
        yield say("costs_without_rate", count=say.number(count))


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
) -> Iterator[tuple[Cell, tuple[Cell, Cell, Cell]]]:
    for name in RATES:
        yield Cell(say(name), name), _rate_line(say, name, now, before)
    for name in MEASURES:
        yield Cell(say(name), name), _line(say, name, now, before)


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
        _measure(say, name, kpis) if kpis is not None else Cell(NOT_KNOWN) for kpis in (now, before)
    ]
    values = [None if cell.value is None else float(cell.value) for cell in cells]
    decimals = 1 if name == CYCLE else 0
    return cells[0], cells[1], say.change(*values, decimals=decimals)


def _measure(say: Speaker, name: str, kpis: Kpis) -> Cell:
    """A figure that is no rate, and the cases it is made of."""
    value = kpis.amount(name)
    if name in RESPONSES:
        rate = kpis.rate("response_time")
        detail = say(
            "response_given",
            numerator=say.number(rate.numerator),
            denominator=say.number(rate.denominator),
        )
        if value is None and rate.denominator:
            return Cell(say("not_reached"), None, detail, say.marks(rate))
        return say.figure(value, detail=detail, is_small=rate.is_small)
    if name == CYCLE:
        return cycle_cell(say, kpis, name)
    if name == VELOCITY:
        return velocity_cell(say, kpis)
    if name in AMOUNTS:
        return amount_cell(say, kpis, name)
    return say.figure(value)
