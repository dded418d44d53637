"""What the rules suggest to look at: only what the figures bear, and never of a handful."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.review.findings import (
    Finding,
    Outcome,
    by_contesting_reasons,
    by_grade,
    by_missing_reasons,
    by_obligation,
    by_owner,
    by_path,
    by_proof,
    by_source,
    by_trend,
    by_waiting,
    findings,
)
from orchestration.review.rates import Rate
from orchestration.review.speaker import Speaker
from orchestration.review.words import LANGUAGES, Language
from review.cases import EMPTY, MONTH, clock, episodes, kpis, returns, source

LOOK, QUIET, FEW = Outcome.LOOK, Outcome.QUIET, Outcome.FEW


def outcomes(found: list[Finding]) -> list[Outcome]:
    return [each.outcome for each in found]


@pytest.mark.parametrize(
    ("score", "hand_raise", "outcome"),
    [
        ((2, 60), (40, 60), LOOK),
        ((40, 60), (2, 60), LOOK),
        ((30, 60), (32, 60), QUIET),
        ((0, 19), (60, 60), FEW),
        ((0, 60), (19, 19), FEW),
    ],
)
def test_paths(score: tuple[int, int], hand_raise: tuple[int, int], outcome: Outcome) -> None:
    both = [*episodes("score", "A", *score), *episodes("hand_raise", "A", *hand_raise)]
    found = by_path(replace(EMPTY, episodes=both))
    assert found.outcome is outcome
    if outcome is LOOK:
        worse, better = sorted((score, hand_raise))
        assert found.facts["worse_rate"] == Rate(*worse, is_small=False)
        assert found.facts["better_rate"] == Rate(*better, is_small=False)


def test_immature_episodes_say_nothing() -> None:
    mature = [*episodes("score", "A", 2, 60), *episodes("hand_raise", "A", 40, 60)]
    young = [replace(each, is_mature=False, is_converted=False) for each in mature]
    assert by_path(replace(EMPTY, episodes=young)).outcome is FEW


@pytest.mark.parametrize(
    ("fitting", "others", "outcome"),
    [((2, 60), (40, 60), LOOK), ((40, 60), (2, 60), QUIET), ((2, 60), (9, 10), FEW)],
)
def test_grades(fitting: tuple[int, int], others: tuple[int, int], outcome: Outcome) -> None:
    both = [*episodes("score", "B", *fitting), *episodes("score", "U", *others)]
    assert by_grade(replace(EMPTY, episodes=both)).outcome is outcome


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ({"not_icp": 20, "wrong_contact": 15, "bad_timing": 5}, LOOK),
        ({"not_icp": 22, "bad_timing": 18}, QUIET),
        ({"not_icp": 19, None: 80}, FEW),
    ],
)
def test_contesting_reasons(counts: dict[str | None, int], outcome: Outcome) -> None:
    assert by_contesting_reasons(replace(EMPTY, returns=returns(counts))).outcome is outcome


@pytest.mark.parametrize(
    ("counts", "outcome"), [({"not_icp": 3, None: 1}, LOOK), ({"not_icp": 3}, QUIET), ({}, FEW)]
)
def test_missing_reasons(counts: dict[str | None, int], outcome: Outcome) -> None:
    assert by_missing_reasons(replace(EMPTY, returns=returns(counts))).outcome is outcome


def test_what_was_sent_back_in_earlier_months_is_not_of_the_month() -> None:
    earlier = [
        replace(each, returned_at=each.returned_at.replace(month=4)) for each in returns({None: 3})
    ]
    assert by_missing_reasons(replace(EMPTY, returns=earlier)).outcome is FEW


@pytest.mark.parametrize(
    ("met", "breached", "outcome"), [(5, 30, LOOK), (16, 20, QUIET), (30, 5, QUIET), (0, 19, FEW)]
)
def test_obligations(met: int, breached: int, outcome: Outcome) -> None:
    clocks = [clock()] * met + [clock(status="breached")] * breached + [clock(status="void")] * 90
    (found,) = by_obligation(replace(EMPTY, clocks=clocks))
    assert found.outcome is outcome
    assert found.facts["rate"] == Rate(met, met + breached, is_small=met + breached < 20)


def test_what_marketing_owes_is_no_obligation_to_a_person() -> None:
    volume = clock("marketing_volume", "breached", is_about_a_person=False)
    assert list(by_obligation(replace(EMPTY, clocks=[volume] * 40))) == []


@pytest.mark.parametrize(
    ("answered", "silent", "outcome"), [(5, 30, LOOK), (18, 18, QUIET), (0, 19, FEW)]
)
def test_waiting(answered: int, silent: int, outcome: Outcome) -> None:
    still_open = clock(status="breached", is_stopped=False, business_minutes_used=None)
    left = clock(status="breached", is_voided=True)
    clocks = [clock()] * answered + [still_open] * (silent - 3) + [left] * 3
    void = [clock(status="void", is_voided=True)] * 90
    _, found = by_waiting(replace(EMPTY, clocks=[*clocks, *void]))
    assert found.outcome is outcome
    assert found.facts["rate"] == Rate(answered, answered + silent, is_small=outcome is FEW)


def test_owners() -> None:
    owned, unowned = clock(), clock(owner_id=None, owner_name=None)
    volume = clock("marketing_volume", owner_id=None, is_about_a_person=False)
    assert by_owner(replace(EMPTY, clocks=[owned, unowned, volume])).outcome is LOOK
    assert by_owner(replace(EMPTY, clocks=[owned, volume])).outcome is QUIET
    assert by_owner(replace(EMPTY, clocks=[volume])).outcome is FEW


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((30, 60), (2, 60), [("agency", LOOK)]),
        ((30, 60), (25, 60), [(None, QUIET)]),
        ((10, 10), (2, 60), [(None, FEW)]),
    ],
)
def test_sources(
    first: tuple[int, int], second: tuple[int, int], expected: list[tuple[str | None, Outcome]]
) -> None:
    rows = [
        kpis({"contested": first}, MONTH.after(-2), "lead_source", "agency"),
        kpis({"contested": second}, MONTH, "lead_source", "website"),
        # too long ago, and another way to tell people apart
        kpis({"contested": (90, 90)}, MONTH.after(-9), "lead_source", "website"),
        kpis({"contested": (90, 90)}, MONTH, "industry", "agency"),
    ]
    found = list(by_source(replace(EMPTY, kpis=rows)))
    assert [(each.facts.get("source"), each.outcome) for each in found] == expected


def test_proofs() -> None:
    rows = [source("Half", 5, 10), source("Whole", 9, 9), source("web", 0, 9, "lead_source")]
    (found,) = by_proof(replace(EMPTY, sources=rows))
    assert (found.outcome, found.facts["agency"]) == (LOOK, "Half")
    assert outcomes(list(by_proof(replace(EMPTY, sources=rows[1:])))) == [QUIET]
    assert outcomes(list(by_proof(replace(EMPTY, sources=rows[2:])))) == [FEW]


def test_trends() -> None:
    now = {"sla_met": (10, 100), "acceptance": (50, 100), "win": (9, 10)}
    before = {"sla_met": (60, 100), "acceptance": (52, 100), "win": (1, 100)}
    rows = [kpis(now), kpis(before, MONTH.after(-1))]
    assert outcomes(list(by_trend(replace(EMPTY, kpis=rows)))) == [LOOK, QUIET, FEW]
    assert outcomes(list(by_trend(replace(EMPTY, kpis=rows[:1])))) == [FEW, FEW, FEW]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_outcome_is_a_sentence(lang: Language) -> None:
    unowned = clock(owner_id=None, owner_name=None, status="breached", is_stopped=False)
    striking = replace(
        EMPTY,
        episodes=[*episodes("score", "A", 2, 60), *episodes("hand_raise", "D", 40, 60)],
        returns=returns({"not_icp": 40, None: 3}),
        clocks=[unowned] * 40 + [replace(unowned, obligation="hand_raise_response")] * 40,
        sources=[source("Half", 5, 10)],
        kpis=[
            kpis({"sla_met": (1, 90), "acceptance": (1, 90), "win": (1, 90)}),
            kpis({"sla_met": (9, 10), "acceptance": (90, 90), "win": (90, 90)}, MONTH.after(-1)),
            kpis({"contested": (30, 60)}, MONTH, "lead_source", "agency"),
            kpis({"contested": (2, 60)}, MONTH, "lead_source", "website"),
        ],
    )
    plain = replace(
        striking,
        episodes=[*episodes("score", "A", 40, 60), *episodes("hand_raise", "D", 40, 60)],
        returns=returns({"bad_timing": 40}),
        clocks=[clock()] * 40 + [clock("hand_raise_response")] * 40,
        sources=[source("Whole", 10, 10)],
        kpis=[
            kpis({"sla_met": (9, 90), "acceptance": (9, 90), "win": (9, 90)}, month)
            for month in (MONTH, MONTH.after(-1))
        ]
        + [
            kpis({"contested": (3, 60)}, MONTH, "lead_source", name) for name in ("agency", "other")
        ],
    )
    told: dict[Outcome, set[str]] = {}
    for review in (striking, plain, EMPTY):
        say = Speaker(review, lang)
        for found in findings(review):
            sentence = say.sentence(found)
            assert sentence[0].isupper() or sentence[0].isdigit()
            assert sentence.endswith(".")
            assert "{" not in sentence
            told.setdefault(found.outcome, set()).add(found.rule)
    rules = {"path", "grade", "contests", "reasons", "sla", "waiting", "owners", "sources"}
    rules |= {"proofs", "trend"}
    assert told[LOOK] == rules
    assert told[QUIET] == rules
    assert told[FEW] == rules - {"sla"}
