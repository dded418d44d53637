"""The circuit breaker: what makes a sync wait until somebody has looked at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.crm.mapping import Limits


@dataclass(frozen=True)
class Figures:
    """A plan in figures; all counts are of records."""

    rows: int
    """Records in the mart."""
    rows_before: int | None
    """Those of the sync before; None if there was none."""
    planned: int
    new: int = 0
    """Planned records the CRM was never told anything about."""
    backward: int = 0
    """Planned records whose stage goes back."""
    cleared: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By property: records it is emptied in, and records in which it was filled."""
    lifted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By property that closes: records it would open again, and records it was told closed."""
    hours_old: float = 0
    """Age of the marts."""
    failed_checks: Sequence[str] = ()
    """Gates and tests of the run that made the marts that did not pass."""
    failed_canary: str | None = None
    """The sync whose first records the CRM did not take, and that nobody looked at yet."""
    rest_of: str | None = None
    """The approved sync, cut short, in whose plan all of this one is, word for word."""


def reasons_to_hold(figures: Figures, limits: Limits) -> list[str]:
    """Why a plan must wait for approval, a line each; none when it may go."""
    reasons = [f"check not passed: {each}" for each in figures.failed_checks]
    if figures.failed_canary is not None:
        reasons.append(f"the first records of sync {figures.failed_canary} were not taken as sent")
    if figures.hours_old > limits.hours_old:
        reasons.append(
            f"the marts are {figures.hours_old:.0f} hours old (limit {limits.hours_old:g})"
        )
    if figures.rest_of is not None:
        return reasons  # somebody has looked at these very records
    if figures.rows_before is None:
        reasons.append(f"the first sync of this CRM: {figures.planned:,} records")
    elif figures.rows < figures.rows_before * (1 - limits.fewer_rows_share):
        reasons.append(
            f"the mart has {figures.rows:,} records, {figures.rows_before:,} at the sync before "
            f"(limit: {limits.fewer_rows_share:.0%} fewer)"
        )
    for name, (cleared, filled) in sorted(figures.cleared.items()):
        if cleared > max(limits.always_allowed, filled * limits.cleared_share) or (
            cleared == filled and filled > 1
        ):
            reasons.append(f"{name} would be emptied in {cleared:,} of {filled:,} records")
    for name, (lifted, told) in sorted(figures.lifted.items()):
        if lifted > limits.always_lifted and lifted > told * limits.lifted_share:
            reasons.append(
                f"{name} would be lifted in {lifted:,} of {told:,} records "
                f"(limit {limits.lifted_share:.0%})"
            )
    known = figures.rows_before
    if (
        known is not None
        and figures.new > min(limits.always_allowed, known)
        and figures.new > figures.rows * limits.new_share
    ):
        reasons.append(
            f"{figures.new:,} of {figures.rows:,} records were never told anything "
            f"(limit {limits.new_share:.0%})"
        )
    for what, count, share in (
        ("change", figures.planned, limits.changed_share),
        ("move back to an earlier stage", figures.backward, limits.backward_share),
    ):
        if count > limits.always_allowed and count > figures.rows * share:
            reasons.append(
                f"{count:,} of {figures.rows:,} records would {what} (limit {share:.0%})"
            )
    return reasons
