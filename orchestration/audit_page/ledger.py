"""The score of a person over time, as their ledger has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.audit_page.person import Row


@dataclass(frozen=True)
class Balance:
    """A score, and the instant (naive UTC) it holds from."""

    at: datetime
    score: int


def balances(ledger: Sequence[Row]) -> list[Balance]:
    """The score after each instant that has lines: all lines of one instant count together.

    Between two lines of an instant there is no score, so none is summed up line by line.
    """
    found = {line["entry_at"]: int(line["score_after"]) for line in ledger}
    return [Balance(at, found[at]) for at in sorted(found)]
