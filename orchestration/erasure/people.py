"""Who is erased: their contacts, the addresses that are theirs alone, the tombstones of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orchestration.erasure.raw_rows import address, clean
from orchestration.erasure.redaction import ADDRESSED_TABLES
from orchestration.erasure.tombstones import keyed_hash
from orchestration.ingest.casts import identifier, literal
from orchestration.warehouse import Connection


def know_people(connection: Connection, people: Sequence[str], intermediate: str) -> None:
    """Note, in temporary tables, their contacts, the addresses that are theirs alone, and others.

    An address is theirs if a row of their contacts has it, or an event or consent that names them,
    and no record of anybody else has it.
    """
    raw, intermediate = connection.schema("raw"), identifier(intermediate)
    ids = ", ".join(f"({literal(lead_id)})" for lead_id in people)
    mentions = " union ".join(
        f"select {clean('contact_id')} as contact_id, {address('email')} as email, "
        f"{str(table == 'contacts').lower()} as is_own from {raw}.{table} where email is not null"
        for table in ADDRESSED_TABLES
    )
    connection.temp_table("people", f"select lead_id from (values {ids}) as given (lead_id)")
    connection.temp_table(
        "people_contacts",
        f"""
        select contact_id, max(lead_id) as lead_id from (
            select contact_id, lead_id from {intermediate}.int_lead_aliases
            union all
            select contact_id, lead_id from control.erasure_tombstones
        ) as aliases
        where lead_id in (select lead_id from people)
        group by contact_id
        """,
    )
    connection.temp_table(
        "known_contacts",
        f"""
        select contact_id from {intermediate}.int_lead_aliases
        where contact_id not in (select contact_id from people_contacts)
        """,
    )
    connection.temp_table("mentions", mentions)
    connection.temp_table(
        "own_addresses",
        """
        select distinct people_contacts.contact_id, people_contacts.lead_id, mentions.email
        from mentions
        inner join people_contacts on mentions.contact_id = people_contacts.contact_id
        where
            mentions.email is not null
            and not exists (
                select 1 from mentions as others
                inner join known_contacts on others.contact_id = known_contacts.contact_id
                where others.email = mentions.email and (others.is_own or not mentions.is_own)
            )
        """,
    )


def bury(connection: Connection, key: str, run_id: str, moment: datetime) -> None:
    """Write the tombstones: one per contact and address, or one without where it has none."""
    connection.execute(
        f"""
        insert into control.erasure_tombstones
        with buried as (
            select contact_id, lead_id, {keyed_hash("email", key, connection)} as email_hash
            from own_addresses
            union
            select contact_id, lead_id, cast(null as varchar) as email_hash
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
