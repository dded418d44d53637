"""Erasing people from the warehouse: whom, and everything of them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestration.erasure.built_tables import drop_rebuilt, redact_marts, redact_run_log
from orchestration.erasure.crm_payloads import redact_payloads
from orchestration.erasure.key import read_key
from orchestration.erasure.people import bury, know_people
from orchestration.erasure.personal_data import CONTACT_COLUMNS
from orchestration.erasure.raw_rows import CONTACT
from orchestration.erasure.redaction import redact
from orchestration.erasure.tombstones import TABLES, check_key, has_tombstones
from orchestration.ingest.casts import identifier
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import Workspace


@dataclass(frozen=True)
class ErasureReport:
    """What an erasure did."""

    people: tuple[str, ...]
    """Lead ids."""
    contacts: tuple[str, ...] = ()
    """All contact ids of these people."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows redacted, by table."""
    dropped_schemas: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Files and folders rewritten or deleted."""


def pending(connection: Connection, schemas: Mapping[str, str]) -> list[str]:
    """The people who asked for erasure and whose erasure is not complete, by lead id.

    Args:
        connection: the warehouse, with staging and identities freshly built.
        schemas: where this run builds `staging` and `intermediate`.
    """
    connection.execute(TABLES)
    raw, tables = connection.schema("raw"), connection.tables("raw", views=False)
    staging, intermediate = (identifier(schemas[name]) for name in ("staging", "intermediate"))
    filled = " or ".join(f"raw_rows.{column} is not null" for column in CONTACT_COLUMNS)
    holds_data = (
        f"select aliases.lead_id from {intermediate}.int_lead_aliases as aliases "
        f"inner join {raw}.contacts as raw_rows on aliases.contact_id = {CONTACT} where {filled}"
        if "contacts" in tables
        else "select cast(null as varchar)"
    )
    found = connection.execute(
        f"""
        with requests as (
            select coalesce(aliases.lead_id, owners.lead_id) as lead_id
            from {staging}.stg_consents as consents
            left join {intermediate}.int_lead_aliases as aliases
                on consents.contact_id = aliases.contact_id
            left join {intermediate}.int_email_owners as owners on consents.email = owners.email
            where consents.kind = 'erasure'
        ),
        unfinished as (
            select lead_id from {intermediate}.int_lead_aliases
            where contact_id not in (select contact_id from control.erasure_tombstones)
            union all
            {holds_data}
        )
        select lead_id from requests
        where lead_id in (select lead_id from unfinished where lead_id is not null)
        union
        select lead_id from control.erasures where cleaned_at is null
        order by lead_id
        """
    )
    return [lead_id for (lead_id,) in found.fetchall()]


def erase(
    workspace: Workspace,
    people: Sequence[str],
    *,
    run_id: str,
    now: datetime,
    schemas: Mapping[str, str],
) -> ErasureReport:
    """Take the personal data of these people out of the warehouse, in one transaction.

    What is built from raw (staging, intermediate, marts beside those in use, time travel) is
    dropped and must be built again. Doing it again does no harm.

    Args:
        workspace: the warehouse, which nobody else may have open, and the key beside it.
        people: lead ids, as `pending` gives them.
        run_id: the run that erases.
        now: the instant of the erasure; naive is taken as UTC.
        schemas: where this run built `staging` and `intermediate`.

    Raises:
        UnusableInputError: the key of earlier tombstones is missing or another one.
    """
    moment = now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute(TABLES)
        key = read_key(workspace, may_make=not has_tombstones(connection))
        with connection.transaction():
            check_key(connection, key)
            report = _erase(connection, people, key, run_id, moment, schemas)
        connection.checkpoint()
    return report


def mark_cleaned(workspace: Workspace, people: Sequence[str], now: datetime) -> None:
    """Write down that no file holds data of these people any more."""
    moment = now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute(
            "update control.erasures set cleaned_at = ? where cleaned_at is null "
            "and lead_id = any(?)",
            [moment, list(people)],
        )


def _erase(
    connection: Connection,
    people: Sequence[str],
    key: str,
    run_id: str,
    moment: datetime,
    schemas: Mapping[str, str],
) -> ErasureReport:
    know_people(connection, people, schemas["intermediate"])
    bury(connection, key, run_id, moment)
    raw = connection.schema("raw")
    rows = {f"raw.{table}": count for table, count in redact(connection, key, f"{raw}.").items()}
    rows |= redact_payloads(connection) | redact_marts(connection) | redact_run_log(connection)
    connection.execute(
        "insert into control.erasures select lead_id, ?, ?, cast(null as timestamp) from people "
        "where lead_id not in (select lead_id from control.erasures where cleaned_at is null)",
        [run_id, moment],
    )
    contacts = connection.execute(
        "select contact_id from people_contacts union select contact_id "
        "from control.erasure_tombstones where lead_id in (select lead_id from people) order by 1"
    ).fetchall()
    return ErasureReport(
        people=tuple(people),
        contacts=tuple(contact_id for (contact_id,) in contacts),
        rows={table: count for table, count in rows.items() if count},
        dropped_schemas=tuple(drop_rebuilt(connection)),
    )
