"""A page as its reader finds it: tables by caption, cards, links, words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"meta", "br", "rect", "line", "circle", "polyline"}


class Entry(NamedTuple):
    """A cell of a table: the number it is about, and all it says."""

    value: str | None
    text: str


@dataclass
class Reader(HTMLParser):
    """Reads a page."""

    page: str
    tables: dict[str, list[list[Entry]]] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    figures: list[list[str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._caption = ""
        self._row: list[Entry] = []
        self._value: str | None = None
        self._cell: list[str] | None = None
        self.feed(self.page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += known.items()
        if tag not in VOID:
            self.open.append(tag)
        if tag == "figure":
            self.figures.append([])
        elif self.figures and "figure" in self.open:
            self.figures[-1].append(tag)
        if "data-card" in known:
            self.cards.append(known["data-card"])
        if tag == "caption":
            self._caption = ""
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._cell, self._value = [], known.get("data-value")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "caption":
            self.tables[self._caption.strip()] = []
        elif tag in ("td", "th") and self._cell is not None:
            self._row.append(Entry(self._value, " ".join("".join(self._cell).split())))
            self._cell = None
        elif tag == "tr" and "tbody" in self.open:
            self.tables[self._caption.strip()].append(self._row)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            return
        self.text += data
        if self.open and self.open[-1] == "caption":
            self._caption += data
        if self._cell is not None:
            self._cell.append(data)

    def table(self, start: str) -> list[list[Entry]]:
        """The rows of the one table whose caption starts so."""
        found = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        assert len(found) == 1, (start, list(self.tables))
        return found[0]

    def by_name(self, start: str) -> dict[str, list[Entry]]:
        """The same, by the raw name of each row."""
        rows = self.table(start)
        named = {row[0].value or row[0].text: row[1:] for row in rows}
        assert len(named) == len(rows)
        return named
