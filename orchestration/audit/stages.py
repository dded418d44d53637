"""In which stage was a lead? Two clocks: by the rules of today, and by what was said at the time.

`stage_as_of` asks the marts what the rules of today, with all that is known today, make of an
instant. `stage_as_known` asks the log what was said of it by then. All instants are naive UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from orchestration.audit.tables import LOG, missing_tables
from orchestration.errors import UnusableInputError
from orchestration.people import contacts_of, lead_named, nobody_named
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.workspace import Workspace

INTERVALS = "marts.lead_stage_intervals"
_CHANGE = ("path", "cause", "cause_fact_id", "definition_version")


@dataclass(frozen=True)
class StageAnswer:
    """The stage of one id, and who said so; all None but the id where nothing stands any more."""

    lead_id: str
    """The id it was recorded for: a contact merged since has its own answer by the log."""
    stage: str | None
    """None for no stage."""
    since: datetime | None
    path: str | None
    cause: str | None
    cause_fact_id: str | None
    definition_version: str | None
    run_id: str | None
    """The run that said it; of what no longer stands, the run that took it back."""
    recorded_at: datetime | None


@contextmanager
def open_marts(warehouse: Place, *tables: str) -> Iterator[Connection]:
    """The published file if it has the tables (`schema.name`), so that no run is in the way.

    Else the warehouse; raises `UnusableInputError` when it lacks them too, or is in use.
    """
    published = Workspace(warehouse).published
    if published.exists():
        with open_warehouse(published, read_only=True) as connection:
            if not missing_tables(connection, *tables):
                yield connection
                return
    with open_warehouse(warehouse, read_only=True) as connection:
        missing = missing_tables(connection, *tables)
        if missing:
            raise UnusableInputError(
                f"{warehouse} has no {', '.join(missing)} yet. Run: leadger run"
            )
        yield connection


def stage_as_of(connection: Connection, lead: str, at: datetime) -> list[StageAnswer]:
    """What the rules of today say of the person at an instant; nothing before the first stage.

    Args:
        connection: a file that has the marts.
        lead: lead id, contact id or email.
        at: the instant, naive UTC.

    Raises:
        UnusableInputError: the marts know nobody so.
    """
    lead_id = lead_named(connection, lead)
    if lead_id is None:
        raise nobody_named(lead)
    said = (
        "select cast(null as varchar) as change_id, cast(null as varchar) as run_id, "
        "cast(null as timestamp) as recorded_at where false"
    )
    if not missing_tables(connection, LOG):
        said = (
            "select change_id, run_id, recorded_at from (select *, row_number() over "
            f"(partition by change_id order by audit_id desc) as recency from {LOG} "
            "where statement = 'asserted' and lead_id = $lead_id) as assertions where recency = 1"
        )
    rows = connection.execute(
        f"""
        with latest as (
            select *, row_number() over (order by changed_at desc) as recency
            from marts.lead_stage_changes
            where lead_id = $lead_id and changed_at <= $at
        )
        select
            changes.lead_id, intervals.stage, changes.changed_at, changes.path, changes.cause,
            changes.cause_fact_id, changes.definition_version, said.run_id, said.recorded_at
        from latest as changes
        left join {INTERVALS} as intervals
            on changes.lead_id = intervals.lead_id
            and changes.changed_at = intervals.valid_from
            and (intervals.valid_to is null or intervals.valid_to > $at)
        left join ({said}) as said on changes.change_id = said.change_id
        where changes.recency = 1
        """,
        {"lead_id": lead_id, "at": at},
    ).fetchall()
    return [StageAnswer(*row) for row in rows]


def stage_as_known(
    connection: Connection, lead: str, known_at: datetime, at: datetime | None = None
) -> list[StageAnswer]:
    """What had been said of the person by an instant, one answer per id it was said of.

    Args:
        connection: a file that has the log.
        lead: lead id, contact id or email; also an id only the log remembers.
        known_at: statements recorded later are not seen; naive UTC.
        at: the instant spoken of, naive UTC; without it, the latest there was word of.

    Raises:
        UnusableInputError: neither the marts nor the log know anybody so.
    """
    lead_id = lead_named(connection, lead)
    ids = contacts_of(connection, lead_id) if lead_id is not None else [lead]
    if lead_id is None and not _is_in_log(connection, lead):
        raise nobody_named(lead)
    rows = connection.execute(
        f"""
        with statements as (
            select
                *, row_number() over (partition by change_id order by audit_id desc) as recency
            from {LOG}
            where recorded_at <= $known_at and lead_id = any($ids)
        ),
        latest as (
            select
                *,
                statement = 'asserted' as stands,
                row_number() over (
                    partition by lead_id
                    order by statement, changed_at desc, change_number desc
                ) as place
            from statements
            where recency = 1 and changed_at <= coalesce(cast($at as timestamp), changed_at)
        )
        -- 'asserted' comes before 'retracted': a retraction speaks only where nothing stands
        select
            lead_id,
            case when stands then to_stage end,
            case when stands then changed_at end,
            {", ".join(f"case when stands then {each} end" for each in _CHANGE)},
            run_id,
            recorded_at
        from latest
        where place = 1
        """,
        {"ids": ids, "known_at": known_at, "at": at},
    ).fetchall()
    return sorted((StageAnswer(*row) for row in rows), key=lambda each: ids.index(each.lead_id))


def _is_in_log(connection: Connection, lead: str) -> bool:
    found = connection.execute(f"select 1 from {LOG} where lead_id = ? limit 1", [lead])
    return found.fetchone() is not None


def describe(lead: str, answers: Sequence[StageAnswer], question: str) -> str:
    """The answers as a person reads them."""
    lines = [question]
    if not answers:
        lines.append(f"  {lead}  no stage yet")
    for each in answers:
        by = f"{each.run_id}, recorded {each.recorded_at:%Y-%m-%d %H:%M} UTC" if each.run_id else ""
        if each.since is None:
            lines.append(f"  {each.lead_id}  nothing stands any more (taken back by run {by})")
            continue
        fact = f" ({each.cause_fact_id})" if each.cause_fact_id else ""
        lines += [
            f"  {each.lead_id}  {each.stage or 'no stage'} since {each.since:%Y-%m-%d %H:%M} UTC",
            f"    path        {each.path or '-'}",
            f"    cause       {each.cause or '-'}{fact}",
            f"    definition  {each.definition_version or '-'}",
            f"    said by     {f'run {by}' if by else 'no run that the audit log here knows of'}",
        ]
    return "\n".join(lines)
