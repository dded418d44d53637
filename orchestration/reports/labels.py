"""What the reference seeds call stages, signals, causes ... in English and French."""

from __future__ import annotations

import csv
import functools

from orchestration.workspace import PROJECT


def label(seed: str, name: str, lang: str) -> str:
    """The label of a name in a reference seed of labels; the name itself where it has none."""
    return labels(seed).get(name, {}).get(f"label_{lang}", name)


@functools.cache
def labels(seed: str) -> dict[str, dict[str, str]]:
    """A reference seed of labels by its first column."""
    return {next(iter(row.values())): row for row in rows(seed)}


@functools.cache
def rows(seed: str) -> tuple[dict[str, str], ...]:
    """The rows of a reference seed; none if it cannot be read."""
    try:
        with (PROJECT / "seeds" / "reference" / f"{seed}.csv").open(encoding="utf-8") as file:
            return tuple(csv.DictReader(file))
    except OSError:
        return ()
