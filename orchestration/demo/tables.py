"""Runs the SQL that invents the demo and writes its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from orchestration.ingest.contract import TABLES, RawTable

_SQL = Path(__file__).parent / "sql"
_MEMORY = "3GB"
_PEOPLE_PER_FILE = 40_000
_LAST_HOUR = time(6, tzinfo=UTC)
_EVENT_ORDER = "occurred_at, i, turn"
_MONTHS = 24
_WORK_DAY = 28_800  # seconds, as work_day() in 02_clock.sql


@dataclass(frozen=True)
class DemoSpec:
    """What a demo is made from: the same three give the same rows, whatever the machine."""

    people: int
    seed: int
    until: date

    @property
    def ends_at(self) -> datetime:
        """The last instant (UTC) of the history: early on the last day."""
        return datetime.combine(self.until, _LAST_HOUR)

    @property
    def first_monday(self) -> datetime:
        """The first Monday (00:00 UTC) of the 24 months before the last day."""
        years, month = divmod(self.until.year * 12 + self.until.month - 1 - _MONTHS, 12)
        begins = date(years, month + 1, min(self.until.day, 28))
        return datetime.combine(begins + timedelta(days=-begins.weekday() % 7), time(tzinfo=UTC))

    @property
    def work_seconds(self) -> int:
        """Seconds of work in the whole history: what the clock of the stories ticks."""
        weeks, days = divmod((self.until - self.first_monday.date()).days, 7)
        return (weeks * 5 + min(days, 5)) * _WORK_DAY


def write_tables(
    folder: Path, spec: DemoSpec, *, spill: Path, threads: int | None = None
) -> dict[str, int]:
    """Write every raw table of the demo into `folder`, which exists; rows per table.

    `spill` is where DuckDB may put what does not fit into memory; `threads` bounds its threads
    (default: as many as the machine has). Neither changes a row.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(spill),
    }
    if threads is not None:
        settings["threads"] = threads
    with duckdb.connect(config=settings) as connection:
        invent(connection, spec)
        rows = {}
        for table in TABLES:
            if table.name == "events":
                rows[table.name] = _write_events(connection, table, folder, spec.people)
            else:
                rows[table.name] = _write_csv(connection, table, folder)
    return rows


def invent(connection: duckdb.DuckDBPyConnection, spec: DemoSpec) -> None:
    """Make every table but the events, which are too many to hold, in the connection's memory."""
    variables = {
        "seed": spec.seed,
        "people": spec.people,
        "first_monday": int(spec.first_monday.timestamp()),
        "ends_at": int(spec.ends_at.timestamp()),
        "work_seconds": spec.work_seconds,
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = cast('{value}' as bigint)")
    for script in sorted(_SQL.glob("[0-9]*.sql")):
        connection.execute(script.read_text(encoding="utf-8"))


def _columns(table: RawTable) -> str:
    """The contract's columns in its order, then when the row landed."""
    return ", ".join([*(column.name for column in table.columns), "_loaded_at"])


def _write_csv(connection: duckdb.DuckDBPyConnection, table: RawTable, folder: Path) -> int:
    rows = f"select {_columns(table)} from {table.name} order by all"
    return _copy(connection, rows, folder / f"{table.name}.csv", "format csv, header")


def _write_events(
    connection: duckdb.DuckDBPyConnection, table: RawTable, folder: Path, people: int
) -> int:
    """One Parquet file, or a folder of part files when there are many people."""
    query = (_SQL / "events.sql").read_text(encoding="utf-8")
    query += f"select {_columns(table)} from final order by {_EVENT_ORDER}"
    written = 0
    for file, first, last in _parts(folder, people):
        connection.execute(f"set variable first = cast({first} as bigint)")
        connection.execute(f"set variable last = cast({last} as bigint)")
        written += _copy(connection, query, file, "format parquet, compression zstd")
    return written


def _parts(folder: Path, people: int) -> Iterator[tuple[Path, int, int]]:
    """Files with the first and last person whose events are in each."""
    if people <= _PEOPLE_PER_FILE:
        yield folder / "events.parquet", 1, people
        return
    parts = folder / "events"
    parts.mkdir()
    for number, first in enumerate(range(1, people + 1, _PEOPLE_PER_FILE), start=1):
        last = min(people, first + _PEOPLE_PER_FILE - 1)
        yield parts / f"part-{number:04}.parquet", first, last


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, options: str) -> int:
    target = str(file).replace("'", "''")
    result = connection.execute(f"copy ({rows}) to '{target}' ({options})").fetchone()
    return int(result[0]) if result else 0
