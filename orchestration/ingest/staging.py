"""A file on its way in: one temporary table of the contract's types, or a list of problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.errors import Problem
from orchestration.ingest import casts
from orchestration.ingest.arrivals import Arrival
from orchestration.ingest.contract import LOADER_COLUMNS, Column
from orchestration.ingest.mapping import NAMES

# A file of another layout than told has a problem on every line; nobody reads a million.
MAX_PROBLEMS_PER_FILE = 1000

Row = tuple[int, list[str | None]]
"""The line (of CSV) or row (of Parquet) of a row with problems, and its values as text."""


@dataclass(frozen=True)
class Value:
    """One contract column of a file: the SQL of the value as it arrived, and of it as typed."""

    column: Column
    arrived: str
    is_filled: str
    typed: str


@dataclass
class Staged:
    """A file read into the temporary table `name`, whose `rowid` is the place in the file."""

    arrival: Arrival
    name: str
    sha256: str
    columns: tuple[str, ...] = ()
    rows: int = 0
    unknown_columns: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, expected: str) -> None:
        """Add a problem of the file as a whole."""
        self.problems.append(Problem(self.arrival.name, None, None, None, expected))


@dataclass(frozen=True)
class Session:
    """The DuckDB that reads the files of one load, and a folder of its own for passing files."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path

    def link(self, staged: Staged, path: Path) -> str:
        """A plain name for the file, as an SQL literal: no quotes, globs or odd bytes in it."""
        ending = "parquet" if staged.arrival.is_parquet else "csv"
        link = self.scratch / f"{staged.name}.link.{ending}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        return casts.literal(str(link))

    def number(self, query: str) -> int:
        """The whole number that is the query's answer."""
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def create(
        self, staged: Staged, source: str, values: Sequence[Value], delimiters: str = "0"
    ) -> None:
        """Read the source into the temporary table.

        Beside the contract's columns it gets `_wrong`, a bit for each value that does not fit,
        in the order of `values`, and `_delimiters`, as the SQL given counts them.
        """
        inner, outer, wrong = [], [], ["0"]
        for bit, value in enumerate(values):
            inner.append(f"{value.typed} as t{bit}, {value.is_filled} as f{bit}")
            held = casts.bounded(f"t{bit}", value.column.type)
            outer.append(f"{held} as {casts.identifier(value.column.name)}")
            if value.typed != value.arrived:
                wrong.append(f"case when f{bit} and ({held}) is null then {1 << bit} else 0 end")
        for name, text in staged.arrival.layout.constants.items():
            kind = column_of(staged.arrival, name).type
            constant = casts.from_text(casts.literal(text), kind, staged.arrival.layout)
            outer.append(f"{constant} as {casts.identifier(name)}")
        self.connection.execute(
            f"create or replace temp table {staged.name} as select {', '.join(outer)}, "
            f"({' + '.join(wrong)})::uinteger as _wrong, _delimiters from "
            f"(select {', '.join(inner)}, ({delimiters})::bigint as _delimiters from {source})"
        )
        staged.columns = tuple(value.column.name for value in values)
        staged.columns += tuple(staged.arrival.layout.constants)
        staged.rows = self.number(f"select count(*) from temp.{staged.name}")

    def wrong_rows(self, staged: Staged) -> dict[int, int]:
        """The first rows with wrong values: place in the file from 0, and the bits."""
        marked = self.connection.execute(
            f"select rowid, _wrong from temp.{staged.name} where _wrong <> 0 "
            f"order by rowid limit {MAX_PROBLEMS_PER_FILE}"
        )
        return dict(marked.fetchall())

    def report_values(
        self, staged: Staged, wrong: dict[int, int], rows: dict[int, Row], values: Sequence[Value]
    ) -> None:
        """Turn the bits of wrong values into problems with line, column and value."""
        for row, bits in wrong.items():
            line, texts = rows.get(row, (row + 1, [None] * len(values)))
            for bit, value in enumerate(values):
                if bits >> bit & 1:
                    staged.problems.append(
                        Problem(
                            staged.arrival.name,
                            line,
                            value.column.name,
                            texts[bit],
                            casts.expected(value.column.type, staged.arrival.layout),
                        )
                    )
        total = self.number(f"select count(*) from temp.{staged.name} where _wrong <> 0")
        if total > len(wrong):
            staged.refuse(f"{total - len(wrong)} further rows have wrong values")

    def check_constants(self, staged: Staged) -> None:
        """A constant of the mapping file must fit its column like any value."""
        layout = staged.arrival.layout
        for name, text in layout.constants.items():
            kind = column_of(staged.arrival, name).type
            typed, held = casts.from_text("v", kind, layout), casts.bounded("t", kind)
            value = f"(select {casts.literal(text)} as v)"
            query = f"select {held} from (select {typed} as t from {value})"
            row = self.connection.execute(query).fetchone()
            if row is None or row[0] is None:
                place = f"tables.{staged.arrival.table.name}.constants.{name}"
                wanted = casts.expected(kind, layout)
                staged.problems.append(Problem(NAMES[0], None, place, text, wanted))


def column_of(arrival: Arrival, name: str) -> Column:
    """The contract's column of this name, the loader's own included."""
    return next(c for c in (*arrival.table.columns, *LOADER_COLUMNS) if c.name == name)
