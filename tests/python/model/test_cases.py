"""The named histories come out as the page says."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from .cases import AS_OF, CASES, Case
from .consent import register
from .kpis import Entry, sales_answer
from .leaks import OWED, leaks
from .lifecycle import Timeline
from .nurturing import enrolments
from .sla import owed
from .story import DAY_0, day


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outcome(case: Case) -> None:
    story = case.told()
    stages = [stage for stage in story.stages(case.lead) if day(stage[0]) <= AS_OF]
    assert stages == case.stages, case.story
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
    if case.owed is not None:
        timeline = story.timeline((AS_OF - DAY_0) / timedelta(days=1), case.lead)
        found = {}
        for clock in owed(timeline, AS_OF):
            assert isinstance(clock[2], datetime)
            found[clock[1]] = (clock[2] - DAY_0) / timedelta(days=1)
        assert found == case.owed, case.story
        leaking = {leak for _, leak, _ in leaks(timeline, AS_OF)} & {*OWED.values()}
        assert leaking == {*case.leaks}, case.story
    if case.answers is not None:
        timeline = story.timeline((AS_OF - DAY_0) / timedelta(days=1), case.lead)
        assert _answers(timeline) == case.answers, case.story


def _answers(timeline: Timeline) -> tuple[tuple[str | None, bool], ...]:
    starts = [one.changed_at for one in timeline.changes if one.to_stage == "sql"]
    found = []
    for number, (at, following) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
        entry = Entry(timeline.lead_id, "sql", number + 1, at, None, following)
        answer, word = sales_answer(timeline, entry)
        is_over = at + timedelta(days=30) <= AS_OF
        found.append((answer or ("expired" if is_over else None), word == "accepted"))
    return tuple(found)


def _day(at: datetime | None) -> float | None:
    return None if at is None else (at - DAY_0) / timedelta(days=1)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
