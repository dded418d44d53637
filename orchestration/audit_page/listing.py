"""A long table page by page, newest first: the database is asked for the rows of one page alone.

Pages are reached by the row they begin after, not by a number of rows to skip: the last page costs
what the first one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestration.audit_page.filters import BadAddressError, Condition, Period
from orchestration.warehouse import Connection

Row = Mapping[str, Any]
PAGE_ROWS = 50
ROWS_AT_ONCE = 500_000
"""Rows sorted at once: each time, the whole table is looked through."""


@dataclass(frozen=True)
class Place:
    """A row's place in the order: its instant (naive UTC) and its key."""

    at: datetime
    key: str

    @classmethod
    def parse(cls, name: str, text: str) -> Place:
        """As `str` gives it; raises `BadAddressError`."""
        instant, mark, key = text.partition("~")
        try:
            at = datetime.fromisoformat(instant)
        except ValueError:
            raise BadAddressError(name, text) from None
        if not mark or at.tzinfo is not None:
            raise BadAddressError(name, text)
        return cls(at, key)

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.key}"


@dataclass(frozen=True)
class Start:
    """Where a page begins: with the newest row, or next to a place."""

    place: Place | None = None
    is_newer: bool = False
    """Whether the page is that of newer rows."""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Start:
        """From an address, which says `older=PLACE` or `newer=PLACE`."""
        for name in ("older", "newer"):
            if text := query.get(name, ""):
                return cls(Place.parse(name, text), is_newer=name == "newer")
        return cls()


@dataclass(frozen=True)
class Page:
    """Rows of one page, and where they are among all."""

    rows: list[Row]
    total: int
    first: int
    """Number of the first row, counted from 1; 0 where there is none."""
    newer: Place | None
    """The page before begins next to it; None where there is none."""
    older: Place | None

    @property
    def last(self) -> int:
        """Number of the last row."""
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True)
class Listing:
    """A table that is read newest first."""

    table: str
    columns: tuple[str, ...]
    instant: str
    """Expression of the instant it is ordered by, never null."""
    key: str
    """Unique column, for rows of the same instant."""

    def page(
        self, connection: Connection, wanted: Condition, start: Start, size: int = PAGE_ROWS
    ) -> Page:
        """One page of the rows that are wanted."""
        rows = self._next(connection, wanted, start, size)
        if not rows and start.place is not None:  # beyond the end: the first page instead
            rows = self._next(connection, wanted, Start(), size)
        if not rows:
            return Page([], 0, 0, None, None)
        top, bottom = self._place(rows[0]), self._place(rows[-1])
        total, before = self._counts(connection, wanted, top)
        return Page(
            rows,
            total,
            before + 1,
            newer=top if before else None,
            older=bottom if before + len(rows) < total else None,
        )

    def all_rows(
        self, connection: Connection, wanted: Condition, at_once: int = ROWS_AT_ONCE
    ) -> Iterator[Row]:
        """All rows that are wanted, in the same order; some at a time, so memory stays small."""
        for days in self._spans(connection, wanted, at_once):
            within = wanted & days.condition(self.instant, "span")
            found = connection.stream(
                f"select {', '.join(self.columns)} from {self.table} where {within.sql} "
                f"order by {self.instant} desc, {self.key} desc",
                dict(within.values),
            )
            for row in found:
                yield dict(zip(self.columns, row, strict=True))

    def _spans(self, connection: Connection, wanted: Condition, at_once: int) -> list[Period]:
        """Days in a row, latest first, that have few enough rows to be sorted at once."""
        found = connection.execute(
            f"select cast({self.instant} as date), count(*) from {self.table} "
            f"where {wanted.sql} group by 1 order by 1 desc",
            dict(wanted.values),
        ).fetchall()
        spans: list[Period] = []
        rows = at_once
        for day, count in found:
            rows += count
            if rows < at_once:
                spans[-1] = Period(day, spans[-1].until)
            else:
                spans.append(Period(day, day))
                rows = count
        return spans

    def _next(
        self, connection: Connection, wanted: Condition, start: Start, size: int
    ) -> list[Row]:
        order = "asc" if start.is_newer else "desc"
        if start.place is not None:
            wanted &= self._beside(start.place, ">" if start.is_newer else "<")
        found = connection.execute(
            f"select {', '.join(self.columns)}, {self.instant} as ordered_at from {self.table} "
            f"where {wanted.sql} order by ordered_at {order}, {self.key} {order} limit {size:d}",
            dict(wanted.values),
        )
        names = [*self.columns, "ordered_at"]
        rows: list[Row] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return rows[::-1] if start.is_newer else rows

    def _counts(self, connection: Connection, wanted: Condition, top: Place) -> tuple[int, int]:
        """How many rows there are, and how many come before a place."""
        before = self._beside(top, ">")
        total, earlier = connection.execute(
            f"select count(*), count(*) filter (where {before.sql}) from {self.table} "
            f"where {wanted.sql}",
            {**wanted.values, **before.values},
        ).fetchone()
        return int(total), int(earlier)

    def _beside(self, place: Place, sign: str) -> Condition:
        # the first half lets the engine skip blocks of rows by their instants
        sql = (
            f"{self.instant} {sign}= $place_at and "
            f"({self.instant} {sign} $place_at or {self.key} {sign} $place_key)"
        )
        return Condition(sql, {"place_at": place.at, "place_key": place.key})

    def _place(self, row: Row) -> Place:
        return Place(row["ordered_at"], str(row[self.key]))
