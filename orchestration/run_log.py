"""What runs leave in the warehouse for later ones: schema `control`.

`control.runs` has one row per run, `control.run_steps` one per step of it,
`control.used_definitions` what each definition version said when a run first judged by it,
`control.publications` what the marts in use were built from (`work.py`), and
`control.lead_upkeep` and `control.contact_people` what the next run has to know of each person.
All instants are naive UTC.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.audit.tables import create_tables
from orchestration.definition_guard import Content, Definitions, checksum
from orchestration.erasure.tombstones import TABLES as ERASURES
from orchestration.errors import UnusableInputError

SCHEMA = """
create schema if not exists control;
create table if not exists control.runs (
    run_id varchar primary key, started_at timestamp not null, ended_at timestamp,
    as_of timestamp not null, known_at timestamp, is_regular boolean not null,
    state varchar not null, started_by varchar, summary json
);
create table if not exists control.run_steps (
    run_id varchar not null, place integer not null, step varchar not null,
    state varchar not null, seconds double not null, detail json,
    primary key (run_id, step)
);
create table if not exists control.used_definitions (
    definition_version varchar primary key, checksum varchar not null, content json not null,
    first_used_at timestamp not null, run_id varchar not null
);
create table if not exists control.publications (
    run_id varchar not null, published_at timestamp not null, batch bigint not null,
    as_of timestamp not null, sources json not null
);
create table if not exists control.lead_upkeep (
    lead_id varchar not null, due_at timestamp,
    events_named bigint not null, events_stitched bigint not null
);
create table if not exists control.contact_people (
    contact_id varchar not null, lead_id varchar not null, email_digest varchar,
    is_internal boolean not null
);
create table if not exists control.seeded (fingerprint varchar not null);
create table if not exists control.readers_file (
    run_id varchar not null, bytes bigint not null, modified_ns bigint not null
);
"""


@dataclass(frozen=True)
class RunRecord:
    """A run as it was recorded."""

    run_id: str
    started_at: datetime
    ended_at: datetime | None
    as_of: datetime
    known_at: datetime | None
    is_regular: bool
    state: str
    started_by: str
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class StepRecord:
    """A step of a run as it was recorded."""

    step: str
    state: str
    seconds: float
    detail: Mapping[str, Any]


@contextlib.contextmanager
def open_warehouse(
    warehouse: Path, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file; raises `UnusableInputError` when it cannot be opened."""
    if read_only and not warehouse.exists():
        raise UnusableInputError(
            f"There is no warehouse at {warehouse}. Make one: leadger run --raw FOLDER"
        )
    try:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        # The newest storage format writes text about a third faster; it can be chosen once only.
        newest: dict[str, Any] = {}
        if not warehouse.exists():
            newest["storage_compatibility_version"] = "latest"
        connection = duckdb.connect(str(warehouse), read_only=read_only, config=newest)
    except (duckdb.Error, OSError) as error:
        raise UnusableInputError(_cannot_open(warehouse, str(error))) from error
    try:
        yield connection
    finally:
        connection.close()


def _cannot_open(warehouse: Path, error: str) -> str:
    if "Conflicting lock" in error or "being used by another process" in error:
        holder = error.partition("Conflicting lock is held in ")[2].partition(". See")[0]
        who = f"by {holder}" if holder else "by another program"
        return (
            f"{warehouse} is open {who}. Close it there, then try again. To look at the marts "
            "while runs go on, connect to the published file beside it (leadger status names it)."
        )
    return f"{warehouse} cannot be used as a warehouse: {error}"


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether a table or view exists in the file."""
    return bool(
        connection.execute(
            "select count(*) from information_schema.tables "
            "where table_catalog = current_database() and table_schema = ? and table_name = ?",
            [schema, table],
        ).fetchall()[0][0]
    )


class RunLog:
    """Reads and writes schema `control` of one warehouse.

    Each call opens and closes the file, which every step wants for itself, unless `held` open.
    """

    def __init__(self, warehouse: Path, *, read_only: bool = False) -> None:
        self.warehouse = warehouse
        self.read_only = read_only
        self._held: duckdb.DuckDBPyConnection | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One connection for all calls within."""
        with open_warehouse(self.warehouse, read_only=self.read_only) as connection:
            self._held = connection
            try:
                yield connection
            finally:
                self._held = None

    @contextlib.contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._held is not None:
            yield self._held
            return
        with open_warehouse(self.warehouse, read_only=self.read_only) as connection:
            yield connection

    def prepare(self) -> None:
        """Make the tables, and close the books of runs that died (the caller holds the lock)."""
        with self._open() as connection:
            connection.execute(SCHEMA)
            if not has_table(connection, "control", "erasures"):
                connection.execute(ERASURES)
            create_tables(connection)
            connection.execute(
                "update control.runs set state = 'failed', ended_at = ? where state = 'running'",
                [_now()],
            )

    def latest_as_of(self) -> datetime | None:
        """The instant the marts in use are judged at."""
        rows = self._rows(
            "select as_of from control.publications "
            "where published_at = (select max(published_at) from control.publications)",
            "publications",
        )
        return rows[0][0] if rows else None

    def used_definitions(self) -> dict[str, Content]:
        """What each used version said at its first use."""
        rows = self._rows(
            "select definition_version, content from control.used_definitions", "used_definitions"
        )
        return {version: json.loads(content) for version, content in rows}

    def recent(self, limit: int) -> list[RunRecord]:
        """The latest runs, newest first."""
        rows = self._rows(
            "select run_id, started_at, ended_at, as_of, known_at, is_regular, state, "
            "coalesce(started_by, ''), coalesce(summary, '{}') from control.runs "
            f"order by started_at desc, run_id limit {int(limit)}",
            "runs",
        )
        return [RunRecord(*row) for row in _with_json(rows)]

    def steps(self, run_id: str) -> list[StepRecord]:
        """The steps of a run, in order."""
        rows = self._rows(
            "select step, state, seconds, coalesce(detail, '{}') from control.run_steps "
            "where run_id = ? order by place",
            "run_steps",
            [run_id],
        )
        return [StepRecord(*row) for row in _with_json(rows)]

    def start(
        self,
        run_id: str,
        started_at: datetime,
        as_of: datetime,
        known_at: datetime | None,
        *,
        is_regular: bool,
        started_by: str,
    ) -> None:
        """Write down that a run has begun."""
        with self._open() as connection:
            connection.execute(
                "insert or replace into control.runs "
                "values (?, ?, null, ?, ?, ?, 'running', ?, null)",
                [run_id, _naive(started_at), as_of, known_at, is_regular, started_by],
            )

    def finish(
        self,
        run_id: str,
        state: str,
        summary: Mapping[str, Any],
        steps: Sequence[StepRecord],
        used: tuple[Definitions, Sequence[str]] | None = None,
    ) -> None:
        """Write down how a run and its steps ended, and the definitions it was first to use."""
        with self._open() as connection:
            connection.begin()
            for place, each in enumerate(steps):
                detail = json.dumps(dict(each.detail), default=str)
                connection.execute(
                    "insert or replace into control.run_steps values (?, ?, ?, ?, ?, ?)",
                    [run_id, place, each.step, each.state, each.seconds, detail],
                )
            connection.execute(
                "update control.runs set state = ?, ended_at = ?, summary = ? where run_id = ?",
                [state, _now(), json.dumps(dict(summary), default=str), run_id],
            )
            for version in used[1] if used is not None else ():
                content = used[0].content(version) if used is not None else {}
                connection.execute(
                    "insert or ignore into control.used_definitions values (?, ?, ?, ?, ?)",
                    [version, checksum(content), json.dumps(content), _now(), run_id],
                )
            connection.commit()

    def seeded(self) -> str | None:
        """The fingerprint of the seeds in the warehouse; None while they are being replaced."""
        rows = self._rows("select fingerprint from control.seeded", "seeded")
        return rows[0][0] if rows else None

    def note_seeded(self, fingerprint: str | None) -> None:
        """Write down which seeds are in the warehouse now, or that they are being replaced."""
        with self._open() as connection:
            connection.execute("delete from control.seeded")
            if fingerprint is not None:
                connection.execute("insert into control.seeded values (?)", [fingerprint])

    def verified_batch(self) -> int:
        """The latest loader batch that has passed the gates of what arrives; 0 when none has."""
        rows = self._rows(
            "select max(cast(detail ->> 'verified_batch' as bigint)) from control.run_steps "
            "where step = 'arrival_staging' and state = 'done'",
            "run_steps",
        )
        return int(rows[0][0] or 0) if rows else 0

    def raw_batches(self, after: int = 0) -> list[int]:
        """Loader batches present in the raw tables, later than a given one."""
        with self._open() as connection:
            tables = connection.execute(
                "select table_name from information_schema.columns where table_schema = 'raw' "
                "and table_catalog = current_database() and column_name = '_batch'"
            ).fetchall()
            if not tables:
                return []
            union = " union ".join(
                f'select _batch from raw."{table}" where _batch > {int(after)}'
                for (table,) in tables
            )
            return sorted(int(batch) for (batch,) in connection.execute(union).fetchall())

    def _rows(self, query: str, table: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._open() as connection:
            if not has_table(connection, "control", table):
                return []
            return connection.execute(query, list(values)).fetchall()


def _with_json(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows with their last column read as JSON."""
    for *row, text in rows:
        yield (*row, json.loads(text))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
