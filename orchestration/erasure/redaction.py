"""Raw rows of tombstoned contacts and addresses lose their personal data, wherever they stand."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.personal_data import CONTACT_COLUMNS
from orchestration.erasure.raw_rows import (
    CONTACT,
    ERASED,
    WITHOUT_TRACES,
    address,
    clean,
    is_prose,
    raw_schema,
    raw_tables,
)
from orchestration.erasure.tombstones import keyed_hash
from orchestration.ingest.casts import literal


def redact(connection: DuckDBPyConnection, key: str, target: str) -> dict[str, int]:
    """Redact rows of tombstoned contacts and addresses; rows changed, by table.

    The caller has made the temporary table `known_contacts`: contacts that, unless they are
    tombstoned, are other people. What stands in `raw` as a view is left to its owner.

    Args:
        connection: the warehouse, inside a transaction.
        key: of the hashes.
        target: what the names of the tables begin with: the raw schema, or what is arriving.
    """
    given = {"target": target, "raw": raw_schema(connection)}
    _recognise(connection, key, **given)
    is_arriving = not target.startswith(given["raw"])
    rows: dict[str, int] = {}
    for table in redactable(connection):
        for statement in REDACTED_TABLES[table]:
            if is_arriving or statement is not _REPEATED_EVENTS:
                count = connection.execute(statement.format(**given)).fetchone()
                rows[table] = rows.get(table, 0) + (int(count[0]) if count else 0)
    return rows


def redactable(connection: DuckDBPyConnection) -> list[str]:
    """The raw tables that hold personal data and are tables."""
    return sorted(raw_tables(connection) & set(REDACTED_TABLES))


def _recognise(connection: DuckDBPyConnection, key: str, target: str, raw: str) -> None:
    """Find the erased addresses among the rows, and bury new contacts that have one."""
    arrived = " union ".join(
        f"select {address('email')} as email from {target}{table}" for table in ADDRESSED_TABLES
    )
    connection.execute(
        f"""
        create or replace temp table erased_addresses as
        select arrived.email, min(buried.lead_id) as lead_id
        from ({arrived}) as arrived
        inner join control.erasure_tombstones as buried
            on buried.email_hash = {keyed_hash("arrived.email", key)}
        group by arrived.email;

        create or replace temp table returned_contacts as
        select {CONTACT} as contact_id, min(erased.lead_id) as lead_id
        from {target}contacts as raw_rows
        inner join erased_addresses as erased on {address("raw_rows.email")} = erased.email
        where
            {CONTACT} not in (select contact_id from known_contacts)
            and {CONTACT} not in (select contact_id from control.erasure_tombstones)
        group by {CONTACT};

        insert into control.erasure_tombstones
        select distinct
            returned.contact_id,
            returned.lead_id,
            {keyed_hash(address("raw_rows.email"), key)},
            erasures.erased_at,
            erasures.run_id
        from returned_contacts as returned
        inner join {target}contacts as raw_rows on {CONTACT} = returned.contact_id
        inner join (
            select lead_id, max(erased_at) as erased_at, max_by(run_id, erased_at) as run_id
            from control.erasure_tombstones
            group by lead_id
        ) as erasures on returned.lead_id = erasures.lead_id;

        create or replace temp table erased_contacts as
        select contact_id, min(lead_id) as lead_id from control.erasure_tombstones
        group by contact_id;

        create or replace temp table other_contacts as
        select {CONTACT} as contact_id from {raw}.contacts as raw_rows
        union
        select {CONTACT} as contact_id from {target}contacts as raw_rows;

        delete from other_contacts
        where contact_id is null or contact_id in (select contact_id from erased_contacts);
        """
    )


_MERGE = clean("raw_rows.merged_into_contact_id")
_NO_NAMES = ", ".join(f"{column} = null" for column in CONTACT_COLUMNS)

# Whom a row goes to that had only the address: an unknown contact id found nobody either.
_OWNER = f"""
    contact_id = case
        when
            {CONTACT} in (select others.contact_id from other_contacts as others)
            or {CONTACT} in (select buried.contact_id from erased_contacts as buried)
            then raw_rows.contact_id
        else erased.lead_id
    end"""

# What were one person by address only is so by a merge from now on.
_ERASED_CONTACTS = f"""
update {{target}}contacts as raw_rows set
    {_NO_NAMES},
    merged_into_contact_id = case
        when
            {CONTACT} <> erased.lead_id
            and (
                {_MERGE} is null
                or {_MERGE} in (
                    select aliases.contact_id from erased_contacts as aliases
                    where aliases.lead_id = erased.lead_id
                )
                or {_MERGE} not in (select others.contact_id from other_contacts as others)
            )
            then erased.lead_id
        else raw_rows.merged_into_contact_id
    end
from erased_contacts as erased
where {CONTACT} = erased.contact_id
"""

_NAMELESS_CONTACTS = f"""
update {{target}}contacts as raw_rows set {_NO_NAMES}
from erased_addresses as erased
where
    {CONTACT} is null
    and {address("raw_rows.email")} = erased.email
"""

_ADDRESS_OF_OTHERS = f"""
update {{target}}contacts as raw_rows set email = null
from erased_addresses as erased
where {address("raw_rows.email")} = erased.email
"""

# The same event as one that was erased: it looks as that one looks now.
_REPEATED_EVENTS = f"""
update {{target}}events as raw_rows set
    {WITHOUT_TRACES}, contact_id = earlier.contact_id, anonymous_id = earlier.anonymous_id
from (
    select
        {clean("event_id")} as event_id,
        arg_min(contact_id, _batch) as contact_id,
        arg_min(anonymous_id, _batch) as anonymous_id
    from {{raw}}.events
    where
        anonymous_id like 'erased-%'
        or {clean("contact_id")} in (select buried.contact_id from erased_contacts as buried)
    group by {clean("event_id")}
) as earlier
where {clean("raw_rows.event_id")} = earlier.event_id
"""

_EVENTS_OF_CONTACTS = f"""
update {{target}}events as raw_rows set
    {WITHOUT_TRACES},
    anonymous_id = case when anonymous_id like 'erased-%' then anonymous_id end
from erased_contacts as erased
where {CONTACT} = erased.contact_id
"""

_EVENTS_OF_ADDRESSES = f"""
update {{target}}events as raw_rows set
    {WITHOUT_TRACES}, {_OWNER},
    anonymous_id = case
        when {CONTACT} in (select others.contact_id from other_contacts as others) then anonymous_id
    end
from erased_addresses as erased
where {address("raw_rows.email")} = erased.email
"""

_CONSENTS_OF_CONTACTS = f"""
update {{target}}consents as raw_rows set email = null
from erased_contacts as erased
where {CONTACT} = erased.contact_id and email is not null
"""

_CONSENTS_OF_ADDRESSES = f"""
update {{target}}consents as raw_rows set email = null, {_OWNER}
from erased_addresses as erased
where {address("raw_rows.email")} = erased.email
"""


def _reasons_sql(table: str, column: str) -> str:
    return f"""
update {{target}}{table} as raw_rows set {column} = {literal(ERASED)}
from erased_contacts as erased
where {CONTACT} = erased.contact_id and {is_prose(f"raw_rows.{column}")}
"""


ADDRESSED_TABLES = ("contacts", "events", "consents")

REDACTED_TABLES = {
    "consents": (_CONSENTS_OF_CONTACTS, _CONSENTS_OF_ADDRESSES),
    "deals": (_reasons_sql("deals", "lost_reason"),),
    "sales_activities": (_reasons_sql("sales_activities", "reason"),),
    "contacts": (_ERASED_CONTACTS, _NAMELESS_CONTACTS, _ADDRESS_OF_OTHERS),
    "events": (_REPEATED_EVENTS, _EVENTS_OF_CONTACTS, _EVENTS_OF_ADDRESSES),
}
"""The raw tables with personal data of people, and what takes it out."""
