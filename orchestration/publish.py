"""Publishing: what a run built becomes part of the marts in use, and of the file for readers.

Two steps, each whole or not at all (on PostgreSQL the first is all: its readers read beside the
writer). In the warehouse, one transaction brings every table of the marts up to date, adds to the
audit log and writes down what the marts are built from now. Beside it, a new readers' file takes
the old one's place. A run cut short between the two leaves readers with yesterday's marts, and the
next publishing repairs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from orchestration import readers_file
from orchestration.errors import LeadgerError
from orchestration.readers_file import MARTS, Part
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.warehouse.connection import listed
from orchestration.warehouse.connection import quoted as _name
from orchestration.workspace import Workspace

LOG = "lead_stage_audit"
KEPT = (LOG, "audit_digests")
"""Tables of the marts that are only ever added to."""
UPKEEP = {"lead_upkeep": "int_lead_upkeep", "contact_people": "int_contact_people"}
"""What the next run has to know of each person, in schema `control`, and the model it is from."""


class Way(StrEnum):
    """How a table of the marts is brought up to date; `meta.published` of its dbt model."""

    BY_LEAD = "by_lead"
    WHOLE = "whole"
    APPENDED = "appended"


@dataclass(frozen=True)
class Built:
    """What a run built, and for whom.

    Args:
        run_id: the run that publishes it.
        published_at: when (naive UTC).
        source_schema: the marts it built; gone afterwards.
        intermediate: schema of the touched people and their upkeep.
        is_everybody: whether the marts were built for all people, or for the touched ones alone.
        ways: how each table is brought up to date; those not named, as a whole.
    """

    run_id: str
    published_at: datetime
    source_schema: str = "marts_next"
    intermediate: str = "intermediate"
    is_everybody: bool = True
    ways: Mapping[str, Way] = field(default_factory=dict)

    def way(self, table: str) -> Way:
        """How a table is brought up to date by this run."""
        way = self.ways.get(table, Way.WHOLE)
        return Way.WHOLE if way is Way.BY_LEAD and self.is_everybody else way

    @property
    def is_concerned(self) -> str:
        """The rows that are replaced: those of the touched people, and those about nobody."""
        touched = f"select lead_id from {_name(self.intermediate)}.int_touched_leads"
        return f"(lead_id is null or lead_id in ({touched}))"


@dataclass(frozen=True)
class PublishReport:
    """What was published."""

    tables: dict[str, int]
    """Tables of the marts, with their number of rows."""
    dropped: tuple[str, ...]
    """Tables that are no longer built."""
    place: Place
    """Where readers find them."""
    swap_seconds: float
    file_seconds: float


def publish(
    workspace: Workspace,
    built: Built | None,
    *,
    run_id: str,
    previous_run_id: str | None = None,
    record: Callable[[Connection], None] = lambda connection: None,
) -> PublishReport:
    """Make what a run built part of the marts in use, and bring the readers' file up to date.

    Args:
        workspace: the warehouse, which nobody else may have open, and its readers' file.
        built: what to publish; None where there was nothing to build.
        run_id: the run that publishes.
        previous_run_id: the run that published before; only its readers' file can be added to.
        record: called inside the transaction, after the tables were brought up to date.

    Raises:
        LeadgerError: there are no marts at all.
    """
    started = time.perf_counter()
    with open_warehouse(workspace.warehouse) as connection:
        names = connection.tables(built.source_schema) if built is not None else []
        in_use = connection.tables(MARTS)
        if not names and not set(in_use) - set(KEPT):
            raise LeadgerError(f"There are no marts in {workspace.warehouse}; run the job first.")
        dropped = tuple(name for name in in_use if names and name not in {*names, *KEPT})
        published = workspace.published
        is_file_known = readers_file.is_known(connection, published, previous_run_id)
        _bring_up_to_date(connection, built, names, dropped, record)
        swapped = time.perf_counter()
        if connection.has_readers_file:
            if not is_file_known or dropped or (built is not None and built.is_everybody):
                readers_file.write(connection, published)
            elif built is not None:
                readers_file.add(connection, published, _parts(connection, built, names))
            readers_file.note(connection, published, run_id)
        tables = _row_counts(connection)
    return PublishReport(
        tables=tables,
        dropped=dropped,
        place=workspace.readers,
        swap_seconds=swapped - started,
        file_seconds=time.perf_counter() - swapped,
    )


def _bring_up_to_date(
    connection: Connection,
    built: Built | None,
    names: list[str],
    dropped: tuple[str, ...],
    record: Callable[[Connection], None],
) -> None:
    with connection.transaction():
        connection.execute(f"create schema if not exists {MARTS}")
        for name in dropped:
            connection.execute(f"drop table {MARTS}.{_name(name)}")
        if built is not None:
            for name in names:
                _bring_table(connection, built, name)
            if built.is_everybody:
                for statement in connection.comments(built.source_schema, MARTS):
                    connection.execute(statement)
            _bring_upkeep(connection, built)
            connection.execute(f"drop schema if exists {_name(built.source_schema)} cascade")
        record(connection)


def _bring_table(connection: Connection, built: Built, name: str) -> None:
    source, target = f"{_name(built.source_schema)}.{_name(name)}", f"{MARTS}.{_name(name)}"
    way = built.way(name)
    if way is Way.WHOLE:
        connection.replace_table(target, f"select * from {source}")
        return
    if way is Way.BY_LEAD:
        connection.execute(f"delete from {target} where {built.is_concerned}")
    if name == LOG:  # a retried run publishes under its own name what another one built
        connection.execute(
            f"update {source} set run_id = ?, recorded_at = ?", [built.run_id, built.published_at]
        )
    _insert(connection, target, source, connection.columns(built.source_schema)[name])


def _bring_upkeep(connection: Connection, built: Built) -> None:
    """Replace what later runs have to know of the people this run was about."""
    concerned = "true" if built.is_everybody else built.is_concerned
    columns = connection.columns("control")
    for table, model in UPKEEP.items():
        connection.execute(f"delete from control.{table} where {concerned}")
        source = f"{_name(built.intermediate)}.{model}"
        _insert(connection, f"control.{table}", source, columns[table], concerned)


def _insert(
    connection: Connection, target: str, source: str, columns: Iterable[str], where: str = "true"
) -> None:
    names = listed(columns)
    connection.execute(f"insert into {target} ({names}) select {names} from {source} where {where}")


def _parts(connection: Connection, built: Built, names: Iterable[str]) -> Iterator[Part]:
    """What of the readers' file is no longer as the marts are."""
    for name in sorted({*names, *KEPT} & set(connection.tables(MARTS))):
        match built.way(name):
            case Way.APPENDED:
                yield Part(MARTS, name, key="audit_id")
            case Way.BY_LEAD:
                yield Part(MARTS, name, built.is_concerned)
            case Way.WHOLE:
                yield Part(MARTS, name)


def _row_counts(connection: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in connection.tables(MARTS):
        row = connection.execute(f"select count(*) from {MARTS}.{_name(name)}").fetchone()
        counts[name] = int(row[0]) if row else 0
    return counts
