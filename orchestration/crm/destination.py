"""What a CRM destination is: where changes go, one small protocol.

A destination only carries. What to send is the plan's business, what was said is the ledger's;
so a new CRM is one file with one class, and no caller changes. A destination that reads the CRM
before it writes (to let a rep's edit win) has what it needs in a change: what we want, and what
we last said; it answers `skipped` where it holds back. Rate limits, retries and tokens are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from orchestration.crm.mapping import CrmMapping


class Outcome(StrEnum):
    """What became of a record, as the ledger says it."""

    PLANNED = "planned"
    HELD = "held"
    """Waits for somebody's approval."""
    SENT = "sent"
    """Written down before it leaves; an answer follows, or the next run settles it."""
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    """Refused for what it says: parked until that changes."""
    RETRY = "retry"
    """Not taken for a passing reason: planned again by the next run."""
    UNKNOWN = "unknown"
    """Nobody answered, or not about this record: planned again by the next run."""
    SUPERSEDED = "superseded"
    """Never left: a run that was cut short; the next run plans afresh."""
    SKIPPED = "skipped"
    """Held back by the destination, for instance because a rep edited the value."""


@dataclass(frozen=True)
class Change:
    """What one CRM record is to be told."""

    sequence: int
    """Its place in the run, from 1: objections come first."""
    object_id: str
    lead_id: str
    change_id: str | None
    """The stage change that the CRM is told about, for whoever audits it."""
    properties: Mapping[str, str]
    """Properties that change, with their new values; an empty text clears."""
    before: Mapping[str, str | None]
    """What the CRM last acknowledged for these properties; None where it was never told."""
    record: Mapping[str, str] = field(default_factory=dict)
    """All mapped properties as they should be, for importers that take whole rows."""
    attempt: int = 1


@dataclass(frozen=True)
class Answer:
    """What the CRM said to one change."""

    sequence: int
    outcome: Outcome
    reason: str | None = None
    """The CRM's words, or ours where it said nothing."""
    http_status: int | None = None
    error_category: str | None = None


class Destination(Protocol):
    """Where changes are sent."""

    @property
    def name(self) -> str:
        """The name in the ledger, and of the mapping file."""
        ...

    @property
    def batch_size(self) -> int | None:
        """Records per `push`; None to get the whole run at once."""
        ...

    def check(self, mapping: CrmMapping) -> list[str]:
        """What the CRM lacks to take this mapping, a line each; asked before anything is sent."""
        ...

    def push(self, run: str, changes: Iterable[Change]) -> Iterable[Answer]:
        """Send a batch; answers one by one, in any order. A change without answer is `unknown`."""
        ...

    def settle(self, run: str, changes: Iterable[Change]) -> Iterable[Answer]:
        """Find out what became of changes that an earlier run sent and got no answer to."""
        ...

    def file_of(self, run: str) -> Path | None:
        """The finished file that holds what a run sent, for destinations that write one."""
        ...
