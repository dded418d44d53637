"""What a run says of each CRM it told, or could not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from orchestration.errors import LeadgerError

if TYPE_CHECKING:
    from orchestration.crm.desk import TwoWayReport
    from orchestration.crm.standing import Standing

SHOWN = 120
"""Characters of a failure that stands in full elsewhere."""


@dataclass(frozen=True)
class CrmLine:
    """One CRM in a run's summary; counts are of records."""

    name: str
    state: str
    """`done`, `nothing`, `awaiting_approval`, `waiting` (an earlier plan does), `failed`."""
    sync: str = ""
    planned: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """What became of those that left, by outcome; only what is not zero."""
    reasons: Sequence[str] = ()
    """Why it was held."""
    left_waiting: str = ""
    """An earlier plan that waits for approval and was left alone."""
    waits_until: datetime | None = None
    """Until when runs leave the plan that waits alone, in UTC."""
    parked: int = 0
    """Records refused, in this sync or before, until they say something else."""
    rolled_back: int = 0
    conflicts: int = 0
    """Properties that people edited there and the marts say otherwise, now or before."""
    failure: str = ""

    @classmethod
    def of(cls, name: str, report: TwoWayReport, standing: Standing) -> CrmLine:
        """What a sync came to."""
        return cls(
            name,
            *(report.state, report.run),
            planned=report.figures.planned if report.figures is not None else 0,
            counts={outcome: count for outcome, count in report.counts.items() if count},
            reasons=list(report.reasons),
            left_waiting=report.left_waiting,
            waits_until=report.waits_until,
            parked=standing.parked,
            rolled_back=standing.rolled_back,
            conflicts=standing.conflicts,
        )

    @classmethod
    def failed(cls, name: str, error: Exception) -> CrmLine:
        """What kept a CRM from being told, in words."""
        known = isinstance(error, LeadgerError)
        said = str(error) if known else f"something unexpected ({type(error).__name__})"
        return cls(name, "failed", failure=said)

    def said(self) -> str:
        """In one line."""
        if self.state == "failed":
            first = self.failure.partition("\n")[0]
            return f"not told: {first if len(first) <= SHOWN else f'{first[: SHOWN - 1]}…'}"
        words = {
            "nothing": ["nothing new to say"],
            "waiting": ["nothing new was planned"],
        }.get(self.state, [f"{self.planned:,} planned"])
        if self.state == "awaiting_approval":
            words.append("held")
        words += [f"{count:,} {outcome}" for outcome, count in self.counts.items()]
        if self.left_waiting:
            words.append(f"sync {self.left_waiting} still waits for approval")
        if self.conflicts:
            words.append(f"{self.conflicts:,} edited there")
        if self.parked:
            words.append(f"{self.parked:,} parked")
        if self.rolled_back:
            words.append(f"{self.rolled_back:,} rolled back")
        return ", ".join(words)

    def more(self) -> list[str]:
        """What to know and do about it, a line each."""
        if self.state == "failed":
            return []
        lines = [f"held: {reason}" for reason in self.reasons]
        waits = self.left_waiting or (self.sync if self.state == "awaiting_approval" else "")
        if waits:
            lines.append(f"to send it: leadger crm approve {self.name} {waits}")
        if self.waits_until is not None:
            lines.append(
                f"runs leave it alone until {self.waits_until:%Y-%m-%d %H:%M} UTC; to plan anew "
                f"now: leadger crm push {self.name}"
            )
        if self.conflicts:
            lines.append(f"what was edited: leadger crm conflicts {self.name}")
        if self.parked:
            lines.append(f"what is parked, and why: leadger crm status {self.name}")
        return lines
