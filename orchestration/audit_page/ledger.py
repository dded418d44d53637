"""The lines of a person's ledger with the score after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from orchestration.audit_page.person import Row


@dataclass(frozen=True)
class Step:
    """A ledger line and the sum of all lines up to it."""

    line: Row
    total: int

    @property
    def at(self) -> datetime:
        """When (naive UTC)."""
        instant: datetime = self.line["entry_at"]
        return instant


def steps(ledger: Sequence[Row]) -> list[Step]:
    """Ledger lines in order of time, each with the running sum of the points counted."""
    totals = accumulate(int(line["points_counted"]) for line in ledger)
    return [Step(line, total) for line, total in zip(ledger, totals, strict=True)]
