"""Erasing people from the warehouse: whom, and everything of them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.erasure.crm_payloads import redact_payloads
from orchestration.erasure.key import read_key
from orchestration.erasure.personal_data import CONTACT_COLUMNS, PERSONAL_COLUMNS
from orchestration.erasure.tombstones import (
    ADDRESSED_TABLES,
    CONTACT,
    ERASED,
    TABLES,
    address,
    check_key,
    clean,
    has_tombstones,
    is_prose,
    keyed_hash,
    raw_schema,
    raw_tables,
    redact,
)
from orchestration.ingest.casts import identifier, literal
from orchestration.workspace import Workspace

REBUILT = ("staging", "intermediate", "marts_next")
"""Floors that every run builds anew from raw; and with a tail, those of time travel."""


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


def pending(connection: DuckDBPyConnection, schemas: Mapping[str, str]) -> list[str]:
    """The people who asked for erasure and whose erasure is not complete, by lead id.

    Args:
        connection: the warehouse, with staging and identities freshly built.
        schemas: where this run builds `staging` and `intermediate`.
    """
    connection.execute(TABLES)
    raw, tables = raw_schema(connection), raw_tables(connection)
    staging, intermediate = _names(schemas)
    filled = " or ".join(f"raw_rows.{column} is not null" for column in CONTACT_COLUMNS)
    holds_data = (
        f"select aliases.lead_id from {intermediate}.int_lead_aliases as aliases "
        f"inner join {raw}.contacts as raw_rows on aliases.contact_id = {CONTACT} where {filled}"
        if "contacts" in tables
        else "select null"
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
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute(TABLES)
        key = read_key(workspace, may_make=not has_tombstones(connection))
        connection.begin()
        try:
            check_key(connection, key)
            report = _erase(connection, people, key, run_id, moment, schemas)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        connection.execute("checkpoint")
    return report


def mark_cleaned(workspace: Workspace, people: Sequence[str], now: datetime) -> None:
    """Write down that no file holds data of these people any more."""
    moment = now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute(
            "update control.erasures set cleaned_at = ? where cleaned_at is null "
            "and list_contains(?, lead_id)",
            [moment, list(people)],
        )


def _erase(
    connection: DuckDBPyConnection,
    people: Sequence[str],
    key: str,
    run_id: str,
    moment: datetime,
    schemas: Mapping[str, str],
) -> ErasureReport:
    _know_people(connection, people, schemas)
    _bury(connection, key, run_id, moment)
    raw = raw_schema(connection)
    rows = {f"raw.{table}": count for table, count in redact(connection, key, f"{raw}.").items()}
    rows |= redact_payloads(connection) | _redact_marts(connection) | _redact_run_log(connection)
    connection.execute(
        "insert into control.erasures select lead_id, ?, ?, null from people "
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
        dropped_schemas=tuple(_drop_rebuilt(connection)),
    )


def _know_people(
    connection: DuckDBPyConnection, people: Sequence[str], schemas: Mapping[str, str]
) -> None:
    """Note, in temporary tables, their contacts, the addresses that are theirs alone, and others.

    An address is theirs if a row of their contacts has it, or an event or consent that names them,
    and no record of anybody else has it.
    """
    raw, (_, intermediate) = raw_schema(connection), _names(schemas)
    ids = ", ".join(f"({literal(lead_id)})" for lead_id in people)
    mentions = " union ".join(
        f"select {clean('contact_id')} as contact_id, {address('email')} as email, "
        f"'{table}' = 'contacts' as is_own from {raw}.{table} where email is not null"
        for table in ADDRESSED_TABLES
    )
    connection.execute(
        f"""
        create or replace temp table people as
        select lead_id from (values {ids}) as given (lead_id);

        create or replace temp table people_contacts as
        select contact_id, max(lead_id) as lead_id from (
            select contact_id, lead_id from {intermediate}.int_lead_aliases
            union all
            select contact_id, lead_id from control.erasure_tombstones
        ) as aliases
        where lead_id in (select lead_id from people)
        group by contact_id;

        create or replace temp table known_contacts as
        select contact_id from {intermediate}.int_lead_aliases
        where contact_id not in (select contact_id from people_contacts);

        create or replace temp table mentions as {mentions};

        create or replace temp table own_addresses as
        select distinct people_contacts.contact_id, people_contacts.lead_id, mentions.email
        from mentions
        inner join people_contacts on mentions.contact_id = people_contacts.contact_id
        where
            mentions.email is not null
            and not exists (
                select 1 from mentions as others
                inner join known_contacts on others.contact_id = known_contacts.contact_id
                where others.email = mentions.email and (others.is_own or not mentions.is_own)
            );
        """
    )


def _bury(connection: DuckDBPyConnection, key: str, run_id: str, moment: datetime) -> None:
    """Write the tombstones: one per contact and address, or one without where it has none."""
    connection.execute(
        f"""
        insert into control.erasure_tombstones
        with buried as (
            select contact_id, lead_id, {keyed_hash("email", key)} as email_hash
            from own_addresses
            union
            select contact_id, lead_id, null as email_hash
            from people_contacts
            where
                contact_id not in (select contact_id from own_addresses)
                and contact_id not in (select contact_id from control.erasure_tombstones)
        )
        select contact_id, lead_id, email_hash, $moment, $run_id
        from buried
        where not exists (
            select 1 from control.erasure_tombstones as earlier
            where
                earlier.contact_id = buried.contact_id
                and earlier.email_hash is not distinct from buried.email_hash
        )
        """,
        {"moment": moment, "run_id": run_id},
    )


def _redact_marts(connection: DuckDBPyConnection) -> dict[str, int]:
    """Redact the marts in use, which stay until the next are published; rows by table."""
    found = connection.execute(
        "select table_name, list(column_name) from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'marts' "
        "and (list_contains(?, column_name) or regexp_matches(column_name, '(^|_)reason$')) "
        "and table_name in (select table_name from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'marts' "
        "and column_name = 'lead_id') group by table_name",
        [sorted(PERSONAL_COLUMNS)],
    ).fetchall()
    rows = {}
    for table, columns in found:
        personal = {name for name in columns if name in PERSONAL_COLUMNS}
        values = {
            name: "null"
            if name in personal
            else f"case when {is_prose(name)} then {literal(ERASED)} else {name} end"
            for name in columns
        }
        changed = " or ".join(
            f"{name} is not null" if name in personal else is_prose(name) for name in columns
        )
        count = connection.execute(
            f"update marts.{identifier(table)} set "
            + ", ".join(f"{name} = {value}" for name, value in values.items())
            + f" where ({changed}) and lead_id in (select contact_id from people_contacts)"
        ).fetchone()
        rows[f"marts.{table}"] = int(count[0]) if count else 0
    return rows


def _redact_run_log(connection: DuckDBPyConnection) -> dict[str, int]:
    """Take their addresses out of what earlier runs noted, before evidence was masked."""
    rows: dict[str, int] = {}
    for table, column in (("runs", "summary"), ("run_steps", "detail")):
        if not _is_there(connection, "control", table):
            continue
        noted = f"cast({column} as varchar)"
        addresses = connection.execute(
            f"select distinct email from own_addresses inner join control.{table} "
            f"on contains(lower({noted}), email)"
        ).fetchall()
        for (email,) in addresses:
            count = connection.execute(
                f"update control.{table} set {column} = "
                f"regexp_replace({noted}, regexp_escape($email), 'erased', 'gi') "
                f"where contains(lower({noted}), $email)",
                {"email": email},
            ).fetchone()
            rows[f"control.{table}"] = rows.get(f"control.{table}", 0) + (count[0] if count else 0)
    return rows


def _drop_rebuilt(connection: DuckDBPyConnection) -> list[str]:
    """Drop what is built from raw anew, and marts of time travel, which can be asked for again."""
    schemas = connection.execute(
        "select schema_name from information_schema.schemata "
        "where catalog_name = current_database() and (list_contains(?, schema_name) "
        "or regexp_matches(schema_name, '^(staging|intermediate|marts)__')) order by schema_name",
        [list(REBUILT)],
    ).fetchall()
    for (schema,) in schemas:
        connection.execute(f"drop schema {identifier(schema)} cascade")
    return [schema for (schema,) in schemas]


def _names(schemas: Mapping[str, str]) -> tuple[str, str]:
    """Staging and intermediate as this run calls them, quoted."""
    staging, intermediate = (identifier(schemas.get(n, n)) for n in ("staging", "intermediate"))
    return staging, intermediate


def _is_there(connection: DuckDBPyConnection, schema: str, table: str) -> bool:
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? "
        "and table_name = ? and table_catalog = current_database()",
        [schema, table],
    ).fetchone()
    return found == (1,)
