"""From a file's own header to the contract's columns: what is there, missing, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.errors import Problem
from orchestration.ingest.arrivals import Arrival
from orchestration.ingest.mapping import fillable

_DELIMITERS = {";": "semicolons (;)", "\t": "tabs", "|": "bars (|)", ",": "commas (,)"}


@dataclass(frozen=True)
class Resolved:
    """Position in the file of each contract column that is there, and the headers left over."""

    positions: dict[str, int]
    unknown: tuple[str, ...]


def resolve(
    arrival: Arrival, header: Sequence[str], line: int | None
) -> tuple[Resolved, list[Problem]]:
    """Match headers to contract columns, first by the mapping file, then by name.

    Names are compared without regard to case and surrounding spaces. A problem is given for
    each required column that is missing and each column that two headers claim.
    """
    problems: list[Problem] = []
    clean = [name.strip() for name in header]
    by_name: dict[str, list[int]] = {}
    for position, name in enumerate(clean):
        by_name.setdefault(name.lower(), []).append(position)
    layout = arrival.layout
    positions: dict[str, int] = {}
    for column in fillable(arrival.table):
        if column in layout.constants:
            continue
        wanted = layout.columns.get(column, column).strip()
        found = [p for p in by_name.get(wanted.lower(), []) if clean[p] == wanted] or by_name.get(
            wanted.lower(), []
        )
        if column not in layout.columns:
            found = [p for p in found if not _is_mapped(clean[p], layout.columns.values())]
        if len(found) > 1:
            problems.append(
                Problem(
                    arrival.name,
                    line,
                    column,
                    None,
                    f"expected one column {wanted!r}, "
                    f"found {len(found)}: remove or rename all but one",
                )
            )
        elif found:
            positions[column] = found[0]
        elif column in layout.columns:
            problems.append(_missing(arrival, column, wanted, clean, line))
    given = positions.keys() | layout.constants.keys() | {p.column for p in problems}
    for column in arrival.table.required:
        if column not in given:
            problems.append(_missing(arrival, column, column, clean, line))
    for group in arrival.table.alternatives:
        if not given.intersection(group):
            problems.append(_missing(arrival, " or ".join(group), " or ".join(group), clean, line))
    unknown = tuple(
        name for position, name in enumerate(clean) if position not in positions.values()
    )
    return Resolved(positions, unknown), problems


def likely_delimiter(header: str, delimiter: str) -> str | None:
    """The delimiter that the header seems to use instead of the one expected, if any."""
    counts = {mark: header.count(mark) for mark in _DELIMITERS if mark != delimiter}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] > header.count(delimiter) else None


def wrong_delimiter(arrival: Arrival, header: str, line: int, likely: str) -> Problem:
    """The problem of a file whose header is divided by another delimiter than expected."""
    shown = {"\t": "tab"}.get(likely, likely)
    return Problem(
        arrival.name,
        line,
        None,
        header,
        f"columns divided by {_DELIMITERS.get(arrival.layout.delimiter, arrival.layout.delimiter)}"
        f": this looks like a file divided by {_DELIMITERS[likely]}, so add a mapping.yml with "
        f'`delimiter: "{shown}"` under tables.{arrival.table.name}',
    )


def _is_mapped(header: str, mapped: Iterable[str]) -> bool:
    return header in {name.strip() for name in mapped}


def _missing(
    arrival: Arrival, column: str, wanted: str, header: Sequence[str], line: int | None
) -> Problem:
    mapped = column in arrival.layout.columns
    what = "column" if mapped and column not in arrival.table.required else "required column"
    named = f"{what} {column}" if wanted == column else f"{what} {column} under the name {wanted!r}"
    return Problem(
        arrival.name,
        line,
        column,
        None,
        f"expected the {named}, which is missing (the file has: {', '.join(header)}); "
        "add it, or name the column that holds it in mapping.yml",
    )
