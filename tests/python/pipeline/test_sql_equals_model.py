"""SQL and the row-at-a-time model agree on every change, score, box, path and temperature."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model.definitions import Definitions
from model.histories import (
    AS_OF,
    REFERENCE,
    Options,
    default_definitions,
    random_definitions,
    random_history,
    write_definitions,
    write_raw,
)
from model.lifecycle import Timeline, run
from pipeline.sandbox import Sandbox

PEOPLE = 1500
"""Contacts per history: one dbt run proves them all."""


def compare(folder: Path, seed: int, definitions: Definitions, options: Options) -> None:
    history = random_history(seed=seed, people=PEOPLE, options=options)
    sandbox = Sandbox.make(folder)
    write_definitions(definitions, sandbox.seeds)
    write_raw(history, sandbox.raw)
    sandbox.load()
    sandbox.build(AS_OF)
    expected = run(history, definitions, AS_OF, REFERENCE)
    assert_same_changes(sandbox, expected)
    assert_same_states(sandbox, expected)
    assert_same_episodes(sandbox, expected)


def assert_same_changes(sandbox: Sandbox, expected: dict[str, Timeline]) -> None:
    found: dict[str, list[tuple[object, ...]]] = {}
    for lead_id, *change in sandbox.rows(
        "select lead_id, changed_at, from_stage, to_stage, path, score_before, score_after, epoch,"
        " definition_version from marts.lead_stage_changes order by lead_id, changed_at"
    ):
        found.setdefault(lead_id, []).append(tuple(change))
    wanted = {
        lead_id: [
            (
                *(change.changed_at, change.from_stage, change.to_stage),
                {"verdict": "qualified_verdict"}.get(change.path, change.path)
                if change.to_stage == "sql"
                else change.path,
                *(change.score_before, change.score_after, change.epoch),
                change.definition_version,
            )
            for change in timeline.changes
        ]
        for lead_id, timeline in expected.items()
        if timeline.changes
    }
    assert sum(map(len, wanted.values())) > PEOPLE / 2
    assert {lead: found.get(lead) for lead in wanted} == wanted
    assert found.keys() == wanted.keys()


def assert_same_states(sandbox: Sandbox, expected: dict[str, Timeline]) -> None:
    wrong = []
    for lead_id, instant, *found in sandbox.rows(
        "select lead_id, instant, stage, engagement_score, fit_score, score, icp_grade,"
        " box_icp_fit, box_need, box_budget, box_authority, box_timing, box_engagement,"
        " temperature, epoch, is_call_recommended from intermediate.int_lead_states"
    ):
        state = expected[lead_id].state_at(instant)
        assert state is not None
        wanted = [
            *(state.stage, state.engagement_score, state.fit_score, state.score, state.icp_grade),
            *(*state.boxes, state.temperature, state.epoch, state.is_call_recommended),
        ]
        if found != wanted:
            wrong.append((lead_id, instant, found, wanted))
    assert wrong == []


def assert_same_episodes(sandbox: Sandbox, expected: dict[str, Timeline]) -> None:
    found = sandbox.rows(
        "select lead_id, entered_at, left_at, path from marts.mqls order by lead_id, entered_at"
    )
    wanted = sorted(
        (episode.lead_id, episode.entered_at, episode.left_at, episode.path)
        for timeline in expected.values()
        for episode in timeline.episodes
    )
    assert sorted(found) == wanted


def test_default_definitions(tmp_path: Path) -> None:
    compare(tmp_path / "sandbox", 1, default_definitions(), Options())


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(2, 10**6))
def test_random_definitions(seed: int) -> None:
    with TemporaryDirectory() as folder:
        compare(Path(folder) / "sandbox", seed, random_definitions(seed), Options())
