"""Rates and percentiles, and what it takes to read them: how many cases, how certain, how whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Z_95 = 1.959963984540054
"""Standard deviations of a two-sided interval of 95 %."""
NEVER = 1e12
"""What has not come yet lasts longer than anything that has."""


@dataclass(frozen=True)
class Rate:
    """A numerator over its denominator.

    `immature` counts the cases left out because their window has not passed: with some, the rate
    is incomplete, not low.
    """

    numerator: float
    denominator: float
    is_small: bool
    immature: int = 0

    @property
    def value(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95 %; everything is possible without cases."""
        return wilson(self.numerator, self.denominator)

    def is_above(self, other: Rate) -> bool:
        """Whether its interval lies wholly above the other's."""
        return self.interval[0] > other.interval[1]

    def is_apart_from(self, other: Rate) -> bool:
        """Whether the two intervals do not meet."""
        return self.is_above(other) or other.is_above(self)


def wilson(numerator: float, denominator: float) -> tuple[float, float]:
    """The interval of 95 % of a share, by Wilson's score."""
    if not denominator:
        return 0.0, 1.0
    share, square = numerator / denominator, Z_95**2
    middle = share + square / (2 * denominator)
    spread = Z_95 * math.sqrt(
        share * (1 - share) / denominator + square / (4 * denominator * denominator)
    )
    whole = 1 + square / denominator
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def censored_percentile(values: Iterable[float | None], share: float) -> float | None:
    """A percentile, interpolated; None stands for what has not come yet.

    Gives None without values, and where the percentile falls on one that has not come.
    """
    ordered = sorted(NEVER if value is None else value for value in values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    found = below + (above - below) * (place - math.floor(place))
    return found if found < NEVER / 100 else None


def counted_by_bucket(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values are up to each edge and beyond the one before; the last is the rest."""
    bounds = [-math.inf, *edges, math.inf]
    return [sum(1 for value in values if low < value <= high) for low, high in pairwise(bounds)]
