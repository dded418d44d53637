"""A desk at a CRM: what all that is done there needs, and how its doors are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from orchestration.crm.breaker import Figures
from orchestration.crm.clearing import put_back
from orchestration.crm.destination import Answer, Change, Crm, Outcome
from orchestration.crm.ledger import Ledger
from orchestration.crm.mapping import CrmMapping, Property, PropertyType
from orchestration.crm.steps import Step
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection


@dataclass
class TwoWayReport:
    """What a sync with a CRM planned and did; counts are of records."""

    run: str
    state: str
    """`done`, `dry_run`, `awaiting_approval`, `nothing`, `waiting`: an earlier plan does."""
    figures: Figures | None = None
    reasons: Sequence[str] = ()
    plan_hash: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    objections: int = 0
    settled: int = 0
    conflicts: int = 0
    file: Path | None = None
    """The plan, record by record, where it has not been sent."""
    left_waiting: str = ""
    """An earlier plan that waits for approval and was left alone."""
    waits_until: datetime | None = None
    """Until when runs leave the plan that waits alone."""


@dataclass(frozen=True)
class Marts:
    """What is known of the marts that are told: their age, and what did not pass."""

    hours_old: float = 0.0
    failed_checks: Sequence[str] = ()


@dataclass(frozen=True)
class Desk:
    """One CRM, its mapping and its ledger, in a warehouse open for writing."""

    connection: Connection
    crm: Crm
    mapping: CrmMapping
    outbox: Path
    schema: str = "marts"

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of this CRM."""
        return Ledger(self.connection, self.crm.name)

    @cached_property
    def properties(self) -> dict[str, Property]:
        """What is mapped, by the CRM's name."""
        return {each.property: each for each in self.mapping.properties}

    def objections(self, change: Change) -> list[str]:
        """The properties by which a change says that somebody must not be reached."""
        return [name for name in self.mapping.closing if change.properties.get(name) == "true"]

    def is_objection(self, change: Change) -> bool:
        """Whether a change says that somebody must not be reached, at all or by a channel."""
        return bool(self.objections(change))

    def kind(self, name: str) -> PropertyType:
        """The type of a property; a text if it is mapped no longer."""
        return self.properties[name].type if name in self.properties else "string"

    def open(self) -> None:
        """See that the ledger is there, and that the CRM takes this mapping.

        Raises:
            UnusableInputError: it lacks something.
            StopError: the CRM takes nothing now.
        """
        self.ledger.create_tables()
        if problems := self.crm.check(self.mapping):
            raise UnusableInputError("\n".join(problems))

    def settle(self) -> int:
        """Give an end to runs that were cut short, by asking the CRM; gives how many had left."""
        settled = 0
        for run in self.ledger.unfinished_runs():
            waiting = {each.sequence: each for each in self.ledger.unanswered(run)}
            answers = list(self.crm.settle(run, waiting.values()))
            steps = [
                step for each in answers for step in self.steps_of(waiting[each.sequence], each)
            ]
            with self.connection.transaction():
                settled += len({each.sequence for each in answers})
                self.ledger.note(run, steps)
                self.ledger.close_open(
                    run, Outcome.SENT, Outcome.UNKNOWN, "nobody knows what became of it"
                )
            put_back(self, run, self.ledger.emptied(run))
            with self.connection.transaction():
                self.ledger.close_open(
                    run, Outcome.PLANNED, Outcome.SUPERSEDED, "the run ended before it was sent"
                )
                self.ledger.close_open(
                    run, Outcome.HELD, Outcome.SUPERSEDED, "the run ended before it was sent"
                )
                self.ledger.finish(run, "interrupted")
        return settled

    def steps_of(self, change: Change, answer: Answer) -> list[Step]:
        """What a CRM answered, as a step of the record; before it, what another one holds by it.

        The next sync then tells that other record what it has to say itself. An objection stays:
        whoever is merged with somebody who objected is not contacted.
        """
        if answer.properties is not None:
            change = change.only(answer.properties)
        own = Step(
            change,
            answer.outcome,
            answer.reason,
            answer.http_status,
            answer.error_category,
            answer.echo or None,
        )
        objections = self.objections(change)
        held = {name: value for name, value in change.properties.items() if name not in objections}
        is_taken = answer.outcome is Outcome.ACKNOWLEDGED
        holder = answer.taken_by or (change.sent_to if is_taken else None)
        if holder is None or not held:
            return [own]
        echo = {name: value for name, value in answer.echo.items() if name in held}
        other = replace(change, object_id=holder, properties=held, before={}, sent_to=None)
        reason = f"told to {change.object_id}, which was merged into it"
        return [Step(other, Outcome.ACKNOWLEDGED, reason, answer.http_status, echo=echo), own]
