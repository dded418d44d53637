"""What a page is put together from: sections of figures, each a plot with a table beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what it says, and the number it says it of, for programs."""

    text: str
    value: float | str | None = None
    """A number, or a raw name; None where nothing is known."""
    detail: str = ""
    """What stands beside it: numerator and denominator."""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with a header row; the first cell of each row is the row's header."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Bar:
    """A bar of a plot, in percent of the plot's width."""

    label: str
    width: float
    text: str
    detail: str = ""
    marks: tuple[str, ...] = ()
    is_pale: bool = False
    """Of cases of another kind than the others."""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars; a line for each number named."""

    rows: Sequence[Bar]


@dataclass(frozen=True)
class Gauge:
    """A figure with its interval on a scale, beside the range that others report; in percent."""

    label: str
    low: float
    high: float
    dot: float
    whisker: tuple[float, float]
    text: str
    detail: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gauges:
    """Figures on one scale, whose ends are named."""

    rows: Sequence[Gauge]
    scale: tuple[str, str, str]


@dataclass(frozen=True)
class Curve:
    """A curve of a cohort, as points of a field of 100 by 100, y downwards."""

    title: str
    detail: str
    marks: tuple[str, ...]
    points: Sequence[tuple[float, float]]
    known_until: float
    """Up to where (0 to 100) the whole cohort has been observed."""
    x_labels: tuple[str, str, str]
    y_labels: tuple[str, str, str]


@dataclass(frozen=True)
class Curves:
    """Curves side by side on the same scales."""

    panels: Sequence[Curve]


@dataclass(frozen=True)
class Figure:
    """A plot under its title, with the same as a table; or words where there is nothing."""

    title: str
    unit: str
    plot: Bars | Gauges | Curves | None
    table: Table | None
    nothing: str = ""
    facts: Sequence[str] = ()
    """What is said in words beneath the plot."""

    @property
    def is_flat(self) -> bool:
        """Whether every bar would be empty, so that there is nothing to see in the plot."""
        return isinstance(self.plot, Bars) and not any(bar.width for bar in self.plot.rows)


@dataclass(frozen=True)
class Card:
    """A count at the top of the page."""

    name: str
    meaning: str
    value: Cell
    before: str


@dataclass(frozen=True)
class Remark:
    """What rules found, under one heading."""

    heading: str
    sentences: Sequence[str]
    is_to_look_at: bool


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    name: str
    title: str
    intro: str = ""
    cards: Sequence[Card] = ()
    remarks: Sequence[Remark] = ()
    tables: Sequence[Table] = ()
    """Tables that are shown without a plot."""
    figures: Sequence[Figure] = ()
    details: Sequence[Table] = ()
    """Tables that are folded away, under their captions."""
    facts: Sequence[str] = ()
    """What is said in words after the figures."""
