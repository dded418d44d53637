"""Raw tables cut into slices: shuffled, repeated, late, by table, facts before their people.

Every row lands at an instant of its own (`_loaded_at` comes with the file), so that which of two
conflicting rows landed first does not depend on the slicing, and no answer may either.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import duckdb

RawRow = Mapping[str, str]
Raw = dict[str, list[RawRow]]
"""Rows by table, as text, each with its `_loaded_at`."""

WHEN = ("occurred_at", "updated_at", "cost_date")
WHOSE = ("contact_id", "company_id", "event_id", "deal_id", "consent_id", "rep_id", "campaign_id")


def read_raw(folder: Path, landed: datetime) -> Raw:
    """The rows of a folder's files, landing a second after each other from an instant on."""
    raw: Raw = {}
    at = landed
    for path in sorted(folder.iterdir()):
        table = path.name.partition(".")[0]
        if path.is_dir() or path.suffix not in (".csv", ".parquet"):
            files = sorted(path.glob("*.*")) if path.is_dir() else []
        else:
            files = [path]
        for file in files:
            for row in _rows(file):
                at += timedelta(seconds=1)
                stamped = {**row, "_loaded_at": f"{at.isoformat()}Z"}
                raw.setdefault(table, []).append(stamped)
    return raw


def _rows(file: Path) -> Iterable[RawRow]:
    source = (
        f"read_csv('{file}', all_varchar = true, header = true, nullstr = '')"
        if file.suffix == ".csv"
        else f"(select columns(*)::varchar from read_parquet('{file}'))"
    )
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true; set timezone = 'UTC'")
        found = connection.execute(f"select * from {source}")
        columns = [column[0] for column in found.description or ()]
        for values in found.fetchall():
            yield {name: value or "" for name, value in zip(columns, values, strict=True)}


def write_rows(raw: Raw, folder: Path) -> Path:
    """Write one CSV file per table that has rows; gives the folder."""
    folder.mkdir(parents=True)
    for table, rows in raw.items():
        if rows:
            columns = list(dict.fromkeys(name for row in rows for name in row))
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    return folder


def landing(raw: Raw, landed: datetime) -> Raw:
    """The same rows, landing a second after each other from another instant on."""
    seconds = count(1)
    return {
        table: [
            {**row, "_loaded_at": f"{(landed + timedelta(seconds=next(seconds))).isoformat()}Z"}
            for row in rows
        ]
        for table, rows in raw.items()
    }


def joined(*parts: Raw) -> Raw:
    """The rows of several raw folders, table by table."""
    return {
        table: [row for part in parts for row in part.get(table, [])]
        for table in dict.fromkeys(table for part in parts for table in part)
    }


@dataclass(frozen=True)
class Place:
    """What a way of slicing looks at: the row, its age among all rows, and the slices."""

    table: str
    row: RawRow
    age: float
    """0 for the oldest row, nearly 1 for the youngest."""
    slices: int
    table_order: list[str]
    random: Random

    @property
    def anywhere(self) -> int:
        """A slice at random."""
        return self.random.randrange(self.slices)

    @property
    def last(self) -> int:
        """The last slice."""
        return self.slices - 1

    def late_if(self, is_late: bool) -> list[int]:
        """The last slice, or an earlier one."""
        return [self.last if is_late else self.random.randrange(max(1, self.last))]


Way = Callable[[Place], list[int]]
WAYS: dict[str, Way] = {
    "in_order": lambda place: [int(place.age * place.slices)],
    "oldest_last": lambda place: [place.last - int(place.age * place.slices)],
    "scattered": lambda place: [place.anywhere],
    "repeated": lambda place: [place.anywhere, place.anywhere, place.last],
    "all_again": lambda place: list(range(place.slices)),
    "people_last": lambda place: place.late_if(place.table == "contacts"),
    "companies_last": lambda place: place.late_if(place.table == "companies"),
    "merges_last": lambda place: place.late_if(bool(place.row.get("merged_into_contact_id"))),
    "deals_first": lambda place: [0 if place.table == "deals" else place.anywhere],
    "consents_last": lambda place: place.late_if(place.table == "consents"),
    "links_first": lambda place: [0 if place.table == "deal_contacts" else place.anywhere],
    "by_table": lambda place: [place.table_order.index(place.table) % place.slices],
    "first_slice": lambda place: [0],
    "last_slice": lambda place: [place.last],
}
"""How the rows about one person (or group of people) are dealt out; several ways at once make one
slicing, so that each run finds people of every kind, and some that nothing happened to."""


def cut(raw: Raw, slices: int, seed: object, ways: Iterable[str] = tuple(WAYS)) -> list[Raw]:
    """Deal the rows out to slices; each is shuffled, no row is lost."""
    random = Random(f"slicing {seed}")
    chosen = list(ways)
    order = random.sample(list(raw), len(raw))
    instants = sorted({_when(row) for rows in raw.values() for row in rows})
    ages = {instant: number / len(instants) for number, instant in enumerate(instants)}
    cuts: list[Raw] = [{} for _ in range(slices)]
    for table, rows in raw.items():
        for row in rows:
            way = WAYS[Random(f"{seed} {_whose(row)}").choice(chosen)]
            place = Place(table, row, ages[_when(row)], slices, order, random)
            for number in way(place):
                cuts[number].setdefault(table, []).append(row)
    return [{table: random.sample(rows, len(rows)) for table, rows in one.items()} for one in cuts]


def _when(row: RawRow) -> str:
    return next((row[name] for name in WHEN if row.get(name)), "")


def _whose(row: RawRow) -> str:
    """Whom a row is about, roughly: the group of a random history, else the first id there is."""
    named = next((row[name] for name in WHOSE if row.get(name)), "")
    group, dash, _ = named.partition("-")
    return group if dash and group.startswith("k") else named


def differences(
    found: Path,
    wanted: Path,
    *,
    schema: str = "marts",
    other_schema: str | None = None,
    ignored: Iterable[str] = (),
    shown: int = 3,
) -> list[str]:
    """How the tables of a schema differ between two warehouses: a few rows of each side."""
    said: list[str] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{found}' as found (read_only)")
        connection.execute(f"attach '{wanted}' as wanted (read_only)")
        here = {"found": schema, "wanted": other_schema or schema}
        columns = {side: _columns(connection, side, name) for side, name in here.items()}
        tables = sorted((columns["found"].keys() | columns["wanted"].keys()) - set(ignored))
        for table in tables:
            sides = [columns[side].get(table) for side in here]
            if sides[0] != sides[1] or not sides[0]:
                said.append(f"{table}: columns {sides[0]} found, {sides[1]} wanted")
                continue
            names = ", ".join(f'"{name}"' for name in sides[0])
            for side, other in (("found", "wanted"), ("wanted", "found")):
                only = connection.execute(
                    f'select {names} from {side}.{here[side]}."{table}" except all '
                    f'select {names} from {other}.{here[other]}."{table}" order by all'
                ).fetchall()
                if only:
                    said.append(f"{table}: {len(only)} row(s) only {side}")
                said += [
                    "  " + ", ".join(f"{n}={v}" for n, v in zip(sides[0], row, strict=True))
                    for row in only[:shown]
                ]
    return said or ([] if tables else ["there are no tables to compare"])


def _columns(
    connection: duckdb.DuckDBPyConnection, catalog: str, schema: str
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = ? "
        "and schema_name = ? and column_name not like '\\_%' escape '\\' order by all",
        [catalog, schema],
    ).fetchall():
        found.setdefault(table, []).append(column)
    return found
