"""The named histories come out as the page says."""

from __future__ import annotations

import pytest

from .cases import AS_OF, CASES, Case
from .consent import register


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


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
