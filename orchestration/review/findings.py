"""What the figures suggest to look at: one small rule each, from figures alone.

Two rates are told apart only where their 95 % intervals do not meet, and a share is more than half
only where its whole interval is: so that a handful of cases suggests nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestration.review.marts import Clock, Episode, Label, Review
from orchestration.review.months import Month
from orchestration.review.rates import Rate

RESPONSES = ("hand_raise_response", "mql_first_contact")
"""Obligations to answer somebody for the first time."""
RUNNING = ("open", "at_risk")
"""The states of a clock that is neither kept nor missed yet."""
FITTING = ("A", "B")
"""The grades at which the ICP is validated."""
TRENDS = ("sla_met", "acceptance", "win")


class Outcome(StrEnum):
    """What a rule came to."""

    LOOK = "look"
    QUIET = "quiet"
    FEW = "few"


@dataclass(frozen=True)
class Word:
    """A word the page has in both languages, by its key."""

    key: str


@dataclass(frozen=True)
class Span:
    """Several months."""

    first: Month
    last: Month


Fact = Rate | Label | Word | Span | Month | int | str


@dataclass(frozen=True)
class Finding:
    """What a rule found, and the figures that say so."""

    rule: str
    outcome: Outcome
    facts: Mapping[str, Fact]


def findings(review: Review) -> list[Finding]:
    """What every rule found, in the order of the page."""
    return [
        by_path(review),
        by_grade(review),
        by_contesting_reasons(review),
        by_missing_reasons(review),
        *by_obligation(review),
        *by_waiting(review),
        by_owner(review),
        *by_source(review),
        *by_proof(review),
        *by_trend(review),
    ]


def by_path(review: Review) -> Finding:
    """Whether MQLs by score and by hand-raise reach SQL alike."""
    score = _converted(review, lambda episode: episode.path == "score")
    hand_raise = _converted(review, lambda episode: episode.path == "hand_raise")
    facts = _window(review)
    if score.is_small or hand_raise.is_small:
        return Finding("path", Outcome.FEW, facts)
    if not score.is_apart_from(hand_raise):
        return Finding("path", Outcome.QUIET, facts)
    rates = {"score": score, "hand_raise": hand_raise}
    worse, better = sorted(rates, key=lambda path: rates[path].value or 0)
    return Finding(
        "path",
        Outcome.LOOK,
        {
            **facts,
            "better": Word(f"path_{better}"),
            "better_rate": rates[better],
            "worse": Word(f"path_{worse}"),
            "worse_rate": rates[worse],
        },
    )


def by_grade(review: Review) -> Finding:
    """Whether MQLs of a good fit reach SQL less often than the others."""
    fitting = _converted(review, lambda episode: episode.icp_grade_at_entry in FITTING)
    others = _converted(review, lambda episode: episode.icp_grade_at_entry not in FITTING)
    facts: dict[str, Fact] = {**_window(review), "better_rate": fitting, "worse_rate": others}
    if fitting.is_small or others.is_small:
        return Finding("grade", Outcome.FEW, facts)
    return Finding("grade", _look_if(others.is_above(fitting)), facts)


def by_contesting_reasons(review: Review) -> Finding:
    """Whether sales mostly sends leads back because they are not right."""
    given = [each.return_reason for each in review.returns if each.return_reason]
    contesting = sum(reason in review.reference.contesting for reason in given)
    rate = review.basis.rate(contesting, len(given))
    facts: dict[str, Fact] = {**_window(review), "rate": rate}
    if rate.is_small:
        return Finding("contests", Outcome.FEW, facts)
    return Finding("contests", _look_if(_is_more_than_half(rate)), facts)


def by_missing_reasons(review: Review) -> Finding:
    """Whether what was sent back in the month says why; one without a reason is one too many."""
    sent = review.months_returns
    missing = sum(each.return_reason is None for each in sent)
    facts: dict[str, Fact] = {"month": review.month, "rate": review.basis.rate(missing, len(sent))}
    if not sent:
        return Finding("reasons", Outcome.FEW, facts)
    return Finding("reasons", _look_if(missing > 0), facts)


def by_obligation(review: Review) -> Iterator[Finding]:
    """Whether an obligation is missed more often than met."""
    for obligation, clocks in clocks_by_obligation(review).items():
        met = attainment(review, clocks)
        missed = review.basis.rate(met.denominator - met.numerator, met.denominator)
        facts: dict[str, Fact] = {"obligation": review.reference.sla[obligation], "rate": met}
        outcome = Outcome.FEW if met.is_small else _look_if(_is_more_than_half(missed))
        yield Finding("sla", outcome, facts)


def by_waiting(review: Review) -> Iterator[Finding]:
    """Whether more than half of those who wait for a first answer have none."""
    for obligation in RESPONSES:
        due = [
            clock
            for clock in review.clocks
            if clock.obligation == obligation and clock.status != "void"
        ]
        answered = sum(is_answered(clock) for clock in due)
        rate = review.basis.rate(answered, len(due))
        silent = review.basis.rate(len(due) - answered, len(due))
        facts: dict[str, Fact] = {
            "obligation": review.reference.sla[obligation],
            "month": review.month,
            "rate": rate,
        }
        outcome = Outcome.FEW if rate.is_small else _look_if(_is_more_than_half(silent))
        yield Finding("waiting", outcome, facts)


def by_owner(review: Review) -> Finding:
    """Whether everybody who was owed an action had an owner; one without is one too many."""
    clocks = [clock for clock in review.clocks if clock.is_about_a_person]
    unowned = sum(clock.owner_id is None for clock in clocks)
    facts: dict[str, Fact] = {
        "month": review.month,
        "rate": review.basis.rate(unowned, len(clocks)),
    }
    if not clocks:
        return Finding("owners", Outcome.FEW, facts)
    return Finding("owners", _look_if(unowned > 0), facts)


def by_source(review: Review) -> Iterator[Finding]:
    """Whether the MQLs of one lead source are contested more than those of all others."""
    counts: dict[str, list[int]] = {}
    for kpis in review.kpis:
        if kpis.segment_type == "lead_source" and kpis.month in review.months:
            rate = kpis.rate("contested")
            sums = counts.setdefault(kpis.segment, [0, 0])
            sums[0] += int(rate.numerator)
            sums[1] += int(rate.denominator)
    whole = [sum(sums[place] for sums in counts.values()) for place in (0, 1)]
    compared = []
    for source, (contested, decided) in counts.items():
        rate = review.basis.rate(contested, decided)
        others = review.basis.rate(whole[0] - contested, whole[1] - decided)
        if not rate.is_small and not others.is_small:
            compared.append((source, rate, others))
    found = [(source, rate, others) for source, rate, others in compared if rate.is_above(others)]
    for source, rate, others in found:
        yield Finding(
            "sources",
            Outcome.LOOK,
            {**_window(review), "source": source, "rate": rate, "other_rate": others},
        )
    if not found:
        yield Finding("sources", Outcome.QUIET if compared else Outcome.FEW, _window(review))


def by_proof(review: Review) -> Iterator[Finding]:
    """Whether agencies prove the legal basis; one person without is one too many."""
    agencies = [row for row in review.sources if row["source_type"] == "agency"]
    found = [row for row in agencies if row["proof_numerator"] < row["proof_denominator"]]
    for row in found:
        rate = Rate(row["proof_numerator"], row["proof_denominator"], row["is_proof_small"])
        yield Finding("proofs", Outcome.LOOK, {"agency": row["source"], "rate": rate})
    if not found:
        yield Finding("proofs", Outcome.QUIET if agencies else Outcome.FEW, {})


def by_trend(review: Review) -> Iterator[Finding]:
    """Whether a figure of the month can be told apart from the month before."""
    previous = review.month.after(-1)
    for name in TRENDS:
        facts: dict[str, Fact] = {
            "figure": Word(f"trend_{name}"),
            "month": review.month,
            "previous": previous,
        }
        rows = [review.overall.get(month) for month in (review.month, previous)]
        rates = [row.rate(name) for row in rows if row is not None]
        if len(rates) < len(rows) or any(rate.is_small for rate in rates):
            yield Finding("trend", Outcome.FEW, facts)
            continue
        now, before = rates
        yield Finding(
            "trend",
            _look_if(now.is_apart_from(before)),
            {**facts, "rate": now, "other_rate": before},
        )


def clocks_by_obligation(review: Review) -> dict[str, list[Clock]]:
    """The clocks about persons, by what is owed, in the order of the labels."""
    return {
        obligation: found
        for obligation in review.reference.sla
        if (
            found := [
                clock
                for clock in review.clocks
                if clock.obligation == obligation and clock.is_about_a_person
            ]
        )
    }


def attainment(review: Review, clocks: Sequence[Clock]) -> Rate:
    """Met ÷ (met + breached); those that still run are to come."""
    met = sum(clock.status == "met" for clock in clocks)
    breached = sum(clock.status == "breached" for clock in clocks)
    running = sum(clock.status in RUNNING for clock in clocks)
    return review.basis.rate(met, met + breached, running)


def is_answered(clock: Clock) -> bool:
    """Whether somebody was touched: a clock that ended because the person left was not."""
    return clock.is_stopped and not clock.is_voided


def _converted(review: Review, is_meant: Callable[[Episode], bool]) -> Rate:
    meant = [episode for episode in review.episodes if episode.is_mature and is_meant(episode)]
    return review.basis.rate(sum(episode.is_converted for episode in meant), len(meant))


def _window(review: Review) -> dict[str, Fact]:
    months = review.months
    return {"days": review.basis.maturity_days, "span": Span(months[0], months[-1])}


def _is_more_than_half(rate: Rate) -> bool:
    return rate.interval[0] > 0.5


def _look_if(is_striking: bool) -> Outcome:
    return Outcome.LOOK if is_striking else Outcome.QUIET
