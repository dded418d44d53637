"""What a CRM destination is: where changes go, one small protocol.

A destination only carries. What to send is the plan's business, what was said is the ledger's;
so a new CRM is one file with one class, and no caller changes. Rate limits, retries and tokens are
its own. A `Crm` can also be asked what it holds, so that a rep's edit can win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from orchestration.crm.mapping import CrmMapping, Property
from orchestration.errors import LeadgerError


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
    """Held back, for instance because a rep edited the value."""
    RELEASED = "released"
    """Somebody let a parked record go: the next run plans it again."""


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
    echo: Mapping[str, str | None] = field(default_factory=dict)
    """What the CRM made of what it last acknowledged: it may write a value its own way."""
    sent_to: str | None = None
    """The record that stands for this one in the CRM, where two were merged there."""
    ours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values we sent since the last acknowledgement: the CRM may hold them, nobody knows."""

    def only(self, names: Iterable[str]) -> Change:
        """The same, of some of its properties."""
        some = set(names)
        return replace(
            self,
            properties={name: value for name, value in self.properties.items() if name in some},
            before={name: value for name, value in self.before.items() if name in some},
        )

    @property
    def target(self) -> str:
        """The id the CRM is called with."""
        return self.sent_to or self.object_id


@dataclass(frozen=True)
class Answer:
    """What the CRM said to one change."""

    sequence: int
    outcome: Outcome
    reason: str | None = None
    """The CRM's words, or ours where it said nothing."""
    http_status: int | None = None
    error_category: str | None = None
    echo: Mapping[str, str] = field(default_factory=dict)
    """The values the CRM holds now, as it writes them."""
    taken_by: str | None = None
    """The record that was changed in its place: they were merged while it was on its way."""
    properties: Sequence[str] | None = None
    """What of the change it is about; all of it if not said. The rest has an answer of its own."""


@dataclass(frozen=True)
class Found:
    """What a CRM holds about a record we asked for."""

    object_id: str
    """As we asked."""
    values: Mapping[str, str | None] = field(default_factory=dict)
    survivor_id: str | None = None
    """The record it was merged into, if it was."""
    gone: str | None = None
    """Why there is none: archived, deleted, never known, converted. The CRM has to have said so."""
    is_unsaid: bool = False
    """The CRM's answer did not name it: it may be there or not. Nothing is decided on that."""


@dataclass(frozen=True)
class Edit:
    """Who gave a property the value it has, and when, as far as the CRM says."""

    by: str
    at: str
    app: str = ""
    """The app that did it, where it was one and no person."""
    apps: Mapping[str, str] = field(default_factory=dict)
    """By earlier value, the app that gave it: whoever set what we told is us."""


class StopError(LeadgerError):
    """The CRM takes nothing more now: no right, or no calls left today. Nothing else is tried."""


CANARY_FAILED = "CANARY_FAILED"
"""Category of the first records of a sync that the CRM did not take as it should: the next sync
waits until somebody has looked."""
CLEARED_FIRST = "CLEARED_FIRST"
"""Category of a property that is emptied for a moment, and of giving back what it was."""
BROKE = "BROKE"
"""Category of a record whose update broke inside the CRM time and again, by itself."""
BROKEN_IN_A_ROW = 20
"""Updates in a row that break inside a CRM until it is not a record's fault any more."""
ROLLED_BACK = "ROLLED_BACK"
"""Category of what a rollback parks: the value it takes back."""


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

    @property
    def takes_whole_rows(self) -> bool:
        """Whether it has to be given all of a record, and not only what changed."""
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


class Crm(Destination, Protocol):
    """A destination that can be asked what it holds."""

    @property
    def calls_at_once(self) -> int:
        """Calls that may be under way at the same time, from as many threads."""
        ...

    def look(self, object_ids: Sequence[str], properties: Sequence[str]) -> list[Found]:
        """What it holds about records, in the order asked; at most `batch_size` of them."""
        ...

    def edits(
        self, object_ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Edit]]:
        """Who last set some properties of records, where it says: by record, by property."""
        ...

    def missing(self, mapping: CrmMapping) -> list[Property]:
        """Properties of the mapping that it does not have."""
        ...

    def create(self, properties: Sequence[Property]) -> None:
        """Make properties."""
        ...


@runtime_checkable
class ClearsFirst(Protocol):
    """A CRM some of whose properties have to be emptied before they can be told otherwise."""

    def to_clear(self, change: Change) -> Sequence[str]:
        """The properties of a change to empty in a request of their own, before it is sent."""
        ...
