"""Whether the cost grows faster than the data: the same phases at several sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench.phases import Outcome, Phase
from bench.report import new_table, size_in_words

PHASES = (Phase.KERNEL, Phase.FULL)
LINEAR = 1.05
"""The exponent of a growth that passes for linear; 1 is exactly linear, 2 is quadratic."""
LINEAR_AT_THE_END = 1.10
"""The same between the two largest sizes, where two measurements alone decide."""


@dataclass(frozen=True)
class Size:
    """What one size cost."""

    people: int
    events: int
    outcomes: Mapping[Phase, Outcome]

    @property
    def millions(self) -> float:
        """Millions of events."""
        return self.events / 1e6

    def seconds(self) -> Iterator[tuple[str, float]]:
        """The seconds that are compared, by what they are of."""
        kernel, full = self.outcomes.get(Phase.KERNEL), self.outcomes.get(Phase.FULL)
        if kernel is not None and kernel.is_done:
            yield "kernel", float(kernel.figures["statement_seconds"])
        if full is not None and full.usage is not None and full.breakdown is not None:
            yield "models", full.breakdown.models
            yield "full build", full.usage.wall_seconds


@dataclass(frozen=True)
class Growth:
    """How one cost grows with the number of events."""

    of: str
    exponent: float
    """Of the power law through all sizes: cost ~ events ^ exponent."""
    last_exponent: float
    """Between the two largest sizes."""

    @property
    def is_at_most_linear(self) -> bool:
        """Whether twice the events cost no more than twice as much, but for the noise."""
        return self.exponent <= LINEAR and self.last_exponent <= LINEAR_AT_THE_END


def growth_of(of: str, costs: Sequence[tuple[float, float]]) -> Growth | None:
    """Fit a power law to (events, seconds); None for fewer than two sizes."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in sorted(costs)]
    if len(points) < 2:
        return None
    return Growth(of, _slope(points), _slope(points[-2:]))


def growths(sizes: Sequence[Size]) -> list[Growth]:
    """How the kernel, the models and the full build grow."""
    costs: dict[str, list[tuple[float, float]]] = {}
    for size in sizes:
        for of, seconds in size.seconds():
            costs.setdefault(of, []).append((size.millions, seconds))
    found = (growth_of(of, each) for of, each in costs.items())
    return [growth for growth in found if growth is not None]


def growth_tables(sizes: Sequence[Size]) -> Iterator[Table]:
    """The cost at each size, and per million events; then the verdicts."""
    table = new_table(
        "Cost by size",
        *("events", "kernel", "models", "in kernels", "full build", "memory", "spilt", "warehouse"),
    )
    per_million = new_table(
        "Seconds per million events", "events", "kernel", "models", "full build"
    )
    for size in sizes:
        seconds, label = dict(size.seconds()), f"{size.millions:,.2f} million"
        full = size.outcomes.get(Phase.FULL)
        usage = full.usage if full is not None else None
        ratio = f"{seconds['models'] / seconds['kernel']:.1f}" if len(seconds) == 3 else "?"
        table.add_row(
            label,
            *(_cell(seconds, of) for of in ("kernel", "models")),
            ratio,
            _cell(seconds, "full build"),
            size_in_words(usage.peak_memory_bytes) if usage else "?",
            size_in_words(usage.peak_spill_bytes) if usage else "?",
            size_in_words(full.figures.get("warehouse_bytes", 0)) if full else "?",
        )
        per = {of: each / size.millions for of, each in seconds.items()}
        per_million.add_row(label, *(_cell(per, of) for of in ("kernel", "models", "full build")))
    yield table
    yield per_million
    found = growths(sizes)
    if found:
        verdicts = new_table("Growth", "", "exponent", "between the largest two", "at most linear")
        for each in found:
            mark = "[green]yes[/]" if each.is_at_most_linear else "[bold red]no[/]"
            verdicts.add_row(each.of, f"{each.exponent:.2f}", f"{each.last_exponent:.2f}", mark)
        yield verdicts


def growth_facts(sizes: Sequence[Size]) -> dict[str, Any]:
    """For the results file."""
    return {
        "sizes": [
            {
                "people": size.people,
                "events": size.events,
                "phases": {phase.value: each.as_dict() for phase, each in size.outcomes.items()},
            }
            for size in sizes
        ],
        "growth": [
            {
                "of": each.of,
                "exponent": each.exponent,
                "last_exponent": each.last_exponent,
                "is_at_most_linear": each.is_at_most_linear,
            }
            for each in growths(sizes)
        ],
    }


def _slope(points: Sequence[tuple[float, float]]) -> float:
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def _cell(seconds: Mapping[str, float], of: str) -> str:
    return f"{seconds[of]:.2f}" if of in seconds else "?"
