"""The named histories, all in one warehouse: SQL says what the model says, and what page 1 says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from model.cases import AS_OF, CASES, DEFINITIONS, Case, every_case
from model.histories import REFERENCE, write_definitions, write_raw
from model.lifecycle import run
from model.story import DAY_0
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


def _day(at: datetime | None) -> float | None:
    return None if at is None else (at - DAY_0) / timedelta(days=1)
