"""The named histories, all in one warehouse: SQL says what the model says, and what page 1 says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from model.cases import AS_OF, CASES, DEFINITIONS, Case, every_case
from model.histories import REFERENCE, write_definitions, write_raw
from model.leaks import OWED
from model.lifecycle import run
from model.story import DAY_0
from orchestration.review.findings import by_contesting_reasons
from orchestration.review.marts import read_review
from orchestration.review.months import Month
from orchestration.review.rates import Rate
from orchestration.review.sections.sales import recycling
from orchestration.review.speaker import Speaker
from pipeline.agreement import assert_agreement
from pipeline.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox.make(tmp_path_factory.mktemp("cases") / "sandbox")
    write_definitions(DEFINITIONS, made.seeds)
    write_raw(every_case(), made.raw)
    made.load()
    made.build(AS_OF)
    yield made


def test_sql_agrees_with_the_model(sandbox: Sandbox) -> None:
    assert_agreement(sandbox, run(every_case(), DEFINITIONS, AS_OF, REFERENCE), AS_OF)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sql_says_what_the_page_says(sandbox: Sandbox, case: Case) -> None:
    found = [
        ((changed_at - DAY_0) / timedelta(days=1), stage, path)
        for changed_at, stage, path in sandbox.rows(
            "select changed_at, to_stage, path from marts.lead_stage_changes"
            f" where lead_id = '{case.name}-{case.lead}' order by change_number"
        )
    ]
    assert found == case.stages, case.story


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.kept is not None], ids=lambda case: case.name
)
def test_sql_keeps_warm_whom_the_page_does(sandbox: Sandbox, case: Case) -> None:
    found = [
        (track, reason, content, _day(enrolled_at), _day(next_try_at), _day(left_at))
        for track, reason, content, enrolled_at, next_try_at, left_at in sandbox.rows(
            "select track, reason, content_title, enrolled_at, next_try_at, left_at"
            f" from marts.nurturing_enrolments where lead_id = '{case.name}-{case.lead}'"
            " order by track"
        )
    ]
    assert found == case.kept, case.story


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        ("mqls", "verdict_reason"),
        ("funnel_entries", "return_reason"),
        ("nurturing_enrolments", "reason"),
    ],
)
def test_a_reason_is_written_one_way(sandbox: Sandbox, mart: str, column: str) -> None:
    found = [reason for (reason,) in sandbox.rows(f"select distinct {column} from marts.{mart}")]
    assert "no_budget" in found
    assert [reason for reason in found if reason != (reason or "").strip().lower() != ""] == []


def test_the_review_knows_reasons_however_they_were_typed(sandbox: Sandbox) -> None:
    """`Not_ICP` and ` No_Budget ` were typed, among others."""
    review = read_review(sandbox.warehouse, Month.parse("2026-01"))
    returned = [each.return_reason for each in review.returns]
    assert {"not_icp", "no_budget"} <= {*returned}
    share = by_contesting_reasons(review).facts["rate"]
    assert isinstance(share, Rate)
    assert share.numerator == returned.count("not_icp") + returned.count("wrong_contact") > 0
    assert recycling(Speaker(review, "fr")).figures[0].table is not None
    said = {Speaker(review, "fr").reason(reason) for reason in returned}
    assert {"hors cible (ICP)", "pas de budget", "away until june"} <= said


def _day(at: datetime | None) -> float | None:
    return None if at is None else (at - DAY_0) / timedelta(days=1)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.owed is not None], ids=lambda case: case.name
)
def test_what_is_owed_is_what_still_holds(sandbox: Sandbox, case: Case) -> None:
    lead_id = f"{case.name}-{case.lead}"
    owed = sandbox.rows(
        "select obligation, started_at, due_at from intermediate.int_owed_clocks"
        f" where lead_id = '{lead_id}' order by due_at"
    )
    started = {
        obligation: (started_at - DAY_0) / timedelta(days=1) for obligation, started_at, _ in owed
    }
    assert started == case.owed, case.story
    assert sandbox.rows(
        f"select sla_due_at from marts.crm_lead_status where lead_id = '{lead_id}'"
    ) == [(owed[0][2] if owed else None,)], case.story
    leaking = sandbox.rows(f"select leak from marts.leak_cases where lead_id = '{lead_id}'")
    assert {leak for (leak,) in leaking} & {*OWED.values()} == {*case.leaks}, case.story


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.answers is not None], ids=lambda case: case.name
)
def test_whoever_sales_took_on_it_accepted(sandbox: Sandbox, case: Case) -> None:
    found = sandbox.rows(
        "select answer, is_accepted_by_verdict from marts.funnel_entries"
        f" where stage = 'sql' and lead_id = '{case.name}-{case.lead}' order by entry_number"
    )
    assert tuple(found) == case.answers, case.story
