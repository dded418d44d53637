"""The named histories come out as the page says."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from .cases import AS_OF, CASES, Case
from .consent import register
from .nurturing import enrolments
from .story import DAY_0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outcome(case: Case) -> None:
    story = case.told()
    assert story.stages(case.lead) == case.stages, case.story
    if case.engagement is not None:
        at, points = case.engagement
        assert story.at(at, case.lead).engagement_score == points, case.story
    if case.reach is not None:
        entries = register(story.timeline(lead=case.lead).person, AS_OF)
        assert {entry.channel: entry.status for entry in entries} == case.reach, case.story
    if case.kept is not None:
        assert [
            (track, reason, content, _day(enrolled), _day(next_try), _day(left))
            for _, track, _, reason, content, enrolled, next_try, _, left in enrolments(
                story.timeline(lead=case.lead), AS_OF
            )
        ] == case.kept, case.story


def _day(at: datetime | None) -> float | None:
    return None if at is None else (at - DAY_0) / timedelta(days=1)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
