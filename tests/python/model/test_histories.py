"""The random histories: reproducible, varied, and safe to compare on."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from .definitions import COLUMNS, Definitions, History, read_definitions
from .histories import (
    AS_OF,
    REFERENCE,
    Options,
    default_definitions,
    definitions_strategy,
    histories_strategy,
    only_cluster,
    random_cluster,
    random_definitions,
    random_history,
    shrink,
    write_definitions,
    write_raw,
)
from .identity import current_email, normal_email, versions_of
from .judge import Judge
from .lifecycle import run


def test_same_seed_same_history() -> None:
    assert random_history(3, 20) == random_history(3, 20)
    assert random_history(3, 20) != random_history(4, 20)
    assert random_definitions(3).tables == random_definitions(3).tables


def test_groups_are_independent() -> None:
    history = random_history(5, 40)
    alone = only_cluster(history, 7)
    assert alone == random_cluster(5, 7)
    definitions = random_definitions(5)
    everybody = run(history, definitions, AS_OF, REFERENCE)
    few = run(alone, definitions, AS_OF, REFERENCE)
    assert few
    assert all(everybody[lead].changes == timeline.changes for lead, timeline in few.items())


def test_histories_reach_every_stage_by_every_path() -> None:
    seen: Counter[tuple[str | None, str]] = Counter()
    for seed in range(8):
        timelines = run(
            random_history(seed, 150), random_definitions(seed), AS_OF, REFERENCE
        ).values()
        seen.update((one.to_stage, one.path) for each in timelines for one in each.changes)
    assert {path for _, path in seen} == {
        *("deal_won", "objection", "opt_out", "erasure", "verdict", "exclusion", "accepted"),
        *("meeting", "deal", "deal_unvalidated", "no_call", "score_and_need"),
        *("need_authority_timing", "checklist", "failed_checklist", "score", "hand_raise"),
        *("reset", "interest", "none"),
    }


@pytest.mark.parametrize("seed", range(3))
def test_nothing_changes_between_the_instants(seed: int) -> None:
    timelines = run(random_history(seed, 60), random_definitions(seed), AS_OF, REFERENCE)
    for timeline in timelines.values():
        for before, after in zip(timeline.states, timeline.states[1:], strict=False):
            middle = before.instant + (after.instant - before.instant) / 2
            state = Judge(timeline.person, middle).state(before)
            assert replace(state, instant=before.instant) == before


def test_past_emails_belong_to_one_contact() -> None:
    for seed in range(5):
        history = random_history(seed, 200)
        versions = versions_of(history["contacts"], "contact_id")
        now: set[str | None] = set()
        had: dict[str, set[str]] = {}
        for (contact,), rows in versions.items():
            now.add(current_email(rows, rows[-1]["updated_at"]))
            for row in rows:
                email = normal_email(row["email"])
                if email:
                    had.setdefault(email, set()).add(contact)
        assert all(len(contacts) == 1 for email, contacts in had.items() if email not in now)


def test_written_files(tmp_path: Path) -> None:
    history = random_history(1, 30)
    write_raw(history, tmp_path / "raw")
    with (tmp_path / "raw" / "sales_activities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["activity_id"] for row in rows] == [
        row["activity_id"] for row in history["sales_activities"]
    ]
    assert rows[0]["occurred_at"].endswith("Z")
    for definitions in (default_definitions(), random_definitions(2)):
        write_definitions(definitions, tmp_path / "seeds")
        again = read_definitions(tmp_path / "seeds")
        assert again.tables == definitions.tables
        assert all(tuple(again.tables[name][0]) == COLUMNS[name] for name in COLUMNS)


def test_shrink_leaves_what_fails() -> None:
    history = random_history(2, 30)

    def has_booking(rows: History) -> bool:
        return any(row["outcome"] == "booked" for row in rows["sales_activities"])

    small = shrink(history, has_booking)
    assert sum(len(rows) for rows in small.values()) == 1


def test_options_that_are_off_can_be_switched_on() -> None:
    every = Options(**dict.fromkeys(Options.__dataclass_fields__, True))
    history = random_history(1, 200, every)
    known = {row["contact_id"] for row in history["contacts"]}
    assert {row["contact_id"] for row in history["sales_activities"]} - known
    assert run(history, default_definitions(), AS_OF, REFERENCE)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories_strategy(most_clusters=2, most_facts=5), definitions_strategy())
def test_model_holds_together(history: History, definitions: Definitions) -> None:
    for timeline in run(history, definitions, AS_OF, REFERENCE).values():
        for change in timeline.changes:
            assert change.from_stage != change.to_stage
            assert timeline.identified_at <= change.changed_at <= AS_OF
        for state in timeline.states:
            assert state.score == state.engagement_score + state.fit_score
            assert (state.stage == "disqualified") >= (state.path == "exclusion")
        for episode in timeline.episodes:
            assert episode.left_at is None or episode.entered_at < episode.left_at
