"""What runs leave in the warehouse for later ones: schema `control`.

`control.runs` has one row per run, `control.run_steps` one per step of it,
`control.used_definitions` what each definition version said when a run first judged by it,
`control.publications` what the marts in use were built from (`work.py`), `control.checks` what was
checked of them (`checks.py`), and
`control.lead_upkeep` and `control.contact_people` what the next run has to know of each person.
All instants are naive UTC.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestration.audit.tables import create_tables
from orchestration.checks import TABLE as CHECKS
from orchestration.checks import Checked, note_checks, take_over_checks
from orchestration.definition_guard import Content, Definitions, checksum
from orchestration.erasure.tombstones import TABLES as ERASURES
from orchestration.warehouse import Connection, Place, open_warehouse

SCHEMA = (
    """
create schema if not exists control;
create table if not exists control.runs (
    run_id varchar primary key, started_at timestamp not null, ended_at timestamp,
    as_of timestamp not null, known_at timestamp, is_regular boolean not null,
    state varchar not null, started_by varchar, summary json
);
create table if not exists control.run_steps (
    run_id varchar not null, place integer not null, step varchar not null,
    state varchar not null, seconds double precision not null, detail json,
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
    + CHECKS
)


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


class RunLog:
    """Reads and writes schema `control` of one warehouse.

    Each call opens and closes the file, which every step wants for itself, unless `held` open.
    """

    def __init__(self, warehouse: Place, *, read_only: bool = False) -> None:
        self.warehouse = warehouse
        self.read_only = read_only
        self._held: Connection | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[Connection]:
        """One connection for all calls within."""
        with open_warehouse(self.warehouse, read_only=self.read_only) as connection:
            self._held = connection
            try:
                yield connection
            finally:
                self._held = None

    @contextlib.contextmanager
    def _open(self) -> Iterator[Connection]:
        if self._held is not None:
            yield self._held
            return
        with open_warehouse(self.warehouse, read_only=self.read_only) as connection:
            yield connection

    def prepare(self) -> None:
        """Make the tables, and close the books of runs that died (the caller holds the lock)."""
        with self._open() as connection:
            connection.execute(SCHEMA)
            if not connection.has_table("control", "erasures"):
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
                "insert into control.runs values (?, ?, null, ?, ?, ?, 'running', ?, null) "
                "on conflict (run_id) do update set started_at = excluded.started_at, "
                "ended_at = null, as_of = excluded.as_of, known_at = excluded.known_at, "
                "is_regular = excluded.is_regular, state = excluded.state, "
                "started_by = excluded.started_by, summary = null",
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
        with self._open() as opened, opened.transaction() as connection:
            for place, each in enumerate(steps):
                detail = json.dumps(dict(each.detail), default=str)
                connection.execute(
                    "insert into control.run_steps values (?, ?, ?, ?, ?, ?) "
                    "on conflict (run_id, step) do update set place = excluded.place, "
                    "state = excluded.state, seconds = excluded.seconds, detail = excluded.detail",
                    [run_id, place, each.step, each.state, each.seconds, detail],
                )
            connection.execute(
                "update control.runs set state = ?, ended_at = ?, summary = ? where run_id = ?",
                [state, _now(), json.dumps(dict(summary), default=str), run_id],
            )
            for version in used[1] if used is not None else ():
                content = used[0].content(version) if used is not None else {}
                connection.execute(
                    "insert into control.used_definitions values (?, ?, ?, ?, ?) "
                    "on conflict (definition_version) do nothing",
                    [version, checksum(content), json.dumps(content), _now(), run_id],
                )

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

    def note_checks(self, run_id: str, step: str, found: Checked) -> None:
        """Write down what the checks of a step found, when they were made."""
        with self._open() as connection:
            note_checks(connection, run_id, step, found)

    def take_over_checks(self, earlier: str, run_id: str) -> None:
        """What an earlier run's checks found holds for the run that goes on where it ended."""
        with self._open() as connection:
            take_over_checks(connection, earlier, run_id)

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
            tables = [name for name, has in connection.columns("raw").items() if "_batch" in has]
            if not tables:
                return []
            union = " union ".join(
                f'select _batch from raw."{table}" where _batch > {int(after)}' for table in tables
            )
            return sorted(int(batch) for (batch,) in connection.execute(union).fetchall())

    def _rows(self, query: str, table: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._open() as connection:
            if not connection.has_table("control", table):
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
