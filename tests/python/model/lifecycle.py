"""A plain model of the lifecycle, one person and one instant at a time.

Obvious rather than fast: at every instant at which anything may change, each rule is evaluated
from the facts up to that instant. Only the two latches are carried from instant to instant.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from .definitions import Definitions, History, Reference
from .judge import Boxes, Judge, State
from .person import Person, gather


@dataclass(frozen=True)
class Change:
    """A stage change. Scores and boxes before the person was identified are None."""

    lead_id: str
    changed_at: datetime
    from_stage: str | None
    to_stage: str | None
    path: str
    score_before: int | None
    score_after: int
    boxes_before: Boxes | None
    boxes_after: Boxes
    epoch: int
    definition_version: str


@dataclass(frozen=True)
class Episode:
    """An MQL episode; `left_at` is None while it runs."""

    lead_id: str
    entered_at: datetime
    left_at: datetime | None
    path: str


@dataclass
class Timeline:
    """What became of one person."""

    lead_id: str
    identified_at: datetime
    states: list[State]
    person: Person

    def state_at(self, at: datetime) -> State | None:
        """The state in force at an instant; None before the person was identified."""
        number = bisect_right([state.instant for state in self.states], at)
        return self.states[number - 1] if number else None

    @property
    def last(self) -> State:
        """The state at `as_of`."""
        return self.states[-1]

    @property
    def changes(self) -> list[Change]:
        """Instants where the stage differs from the one before."""
        found = []
        before: State | None = None
        for state in self.states:
            stage_before = before.stage if before else None
            if state.stage != stage_before:
                found.append(
                    Change(
                        self.lead_id,
                        state.instant,
                        stage_before,
                        state.stage,
                        state.path,
                        before.score if before else None,
                        state.score,
                        before.boxes if before else None,
                        state.boxes,
                        state.epoch,
                        state.definition_version,
                    )
                )
            before = state
        return found

    @property
    def episodes(self) -> list[Episode]:
        """Unbroken stays of the MQL latch while not customer, opted out or disqualified."""
        found: list[Episode] = []
        entry: State | None = None
        for state in self.states:
            if state.is_mql and entry is None:
                entry = state
            elif not state.is_mql and entry is not None:
                found.append(
                    Episode(self.lead_id, entry.instant, state.instant, str(entry.mql_path))
                )
                entry = None
        if entry is not None:
            found.append(Episode(self.lead_id, entry.instant, None, str(entry.mql_path)))
        return found


def run(
    history: History,
    definitions: Definitions,
    as_of: datetime,
    reference: Reference | None = None,
) -> dict[str, Timeline]:
    """The timeline of every person, by lead_id."""
    found = {}
    for person in gather(history, definitions, as_of, reference or Reference()):
        states: list[State] = []
        before: State | None = None
        for instant in person.instants(as_of):
            before = Judge(person, instant).state(before)
            states.append(before)
        found[person.lead_id] = Timeline(person.lead_id, person.identified_at, states, person)
    return found
