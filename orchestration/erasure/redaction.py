"""Raw rows of tombstoned contacts and addresses lose their personal data, wherever they stand."""

from __future__ import annotations

from orchestration.erasure.personal_data import CONTACT_COLUMNS
from orchestration.erasure.raw_rows import CONTACT, ERASED, address, clean, is_prose
from orchestration.erasure.tombstones import erased_address, erased_cookie, keyed_hash
from orchestration.ingest.casts import literal
from orchestration.warehouse import Connection


def redact(connection: Connection, key: str, target: str) -> dict[str, int]:
    """Redact rows of tombstoned contacts and addresses; rows changed, by table.

    The caller has made the temporary table `known_contacts`: contacts that, unless they are
    tombstoned, are other people. What stands in `raw` as a view is left to its owner.

    Args:
        connection: the warehouse, inside a transaction.
        key: of the hashes.
        target: what the names of the tables begin with: the raw schema, or what is arriving.
    """
    _recognise(connection, key, target)
    given = {
        "target": target,
        "email": erased_address("email", key, connection),
        "cookie": erased_cookie("anonymous_id", key, connection),
    }
    rows: dict[str, int] = {}
    for table in redactable(connection):
        for statement in REDACTED_TABLES[table]:
            count = connection.changed(statement.format(**given))
            rows[table] = rows.get(table, 0) + count
    return rows


def redactable(connection: Connection) -> list[str]:
    """The raw tables that hold personal data and are tables."""
    return sorted({*connection.tables("raw", views=False)} & {*REDACTED_TABLES})


def _recognise(connection: Connection, key: str, target: str) -> None:
    """Find the erased addresses and cookies among the rows, and bury new contacts that have one."""
    arrived = " union ".join(
        f"select {address('email')} as email from {target}{table}" for table in ADDRESSED_TABLES
    )
    cookie = erased_cookie("anonymous_id", key, connection)
    connection.temp_table(
        "erased_addresses",
        f"""
        select arrived.email, min(buried.lead_id) as lead_id
        from ({arrived}) as arrived
        inner join control.erasure_tombstones as buried
            on buried.email_hash = {keyed_hash("arrived.email", key, connection)}
        group by arrived.email
        """,
    )
    connection.temp_table(
        "returned_contacts",
        f"""
        select {CONTACT} as contact_id, min(erased.lead_id) as lead_id
        from {target}contacts as raw_rows
        inner join erased_addresses as erased on {address("raw_rows.email")} = erased.email
        where
            {CONTACT} not in (select contact_id from known_contacts)
            and {CONTACT} not in (select contact_id from control.erasure_tombstones)
        group by {CONTACT}
        """,
    )
    connection.execute(
        f"""
        insert into control.erasure_tombstones
        select distinct
            returned.contact_id,
            returned.lead_id,
            {keyed_hash(address("raw_rows.email"), key, connection)},
            erasures.erased_at,
            erasures.run_id
        from returned_contacts as returned
        inner join {target}contacts as raw_rows on {CONTACT} = returned.contact_id
        inner join (
            select
                lead_id,
                max(erased_at) as erased_at,
                {connection.words.latest("run_id", "erased_at")} as run_id
            from control.erasure_tombstones
            group by lead_id
        ) as erasures on returned.lead_id = erasures.lead_id
        """
    )
    connection.temp_table(
        "erased_contacts", "select distinct contact_id from control.erasure_tombstones"
    )
    connection.execute(
        f"""
        insert into control.erased_cookies
        select distinct {cookie}
        from {target}events as raw_rows
        where
            {clean("anonymous_id")} is not null
            and {_IS_THEIRS}
            and coalesce({CONTACT} not in (select contact_id from known_contacts), true)
            and {cookie} not in (select known.cookie from control.erased_cookies as known)
        """
    )


_NO_NAMES = ", ".join(f"{column} = null" for column in CONTACT_COLUMNS)
_IS_THEIR_CONTACT = f"{CONTACT} in (select buried.contact_id from erased_contacts as buried)"
_HAS_THEIR_ADDRESS = (
    f"{address('raw_rows.email')} in (select erased.email from erased_addresses as erased)"
)
_IS_THEIRS = f"({_IS_THEIR_CONTACT} or {_HAS_THEIR_ADDRESS})"
_RENAMED = "_erased_email = coalesce({email}, _erased_email)"

_THEIR_CONTACTS = f"""
update {{target}}contacts as raw_rows set {_NO_NAMES}, {_RENAMED}
where {_IS_THEIR_CONTACT} or ({CONTACT} is null and {_HAS_THEIR_ADDRESS})
"""

_CONTACTS_OF_OTHERS = f"""
update {{target}}contacts as raw_rows set email = null, {_RENAMED}
where {_HAS_THEIR_ADDRESS}
"""

# A page without what was typed into it.
_PAGE = "regexp_replace(page_url, '[?#].*$', '', 's')"

_THEIR_EVENTS = f"""
update {{target}}events as raw_rows set
    email = null, {_RENAMED}, properties = null, page_url = {_PAGE}
where {_IS_THEIRS}
"""

COOKIES = f"""
update {{target}}events as raw_rows set
    anonymous_id = null,
    _erased_cookie = {{cookie}},
    properties = case when coalesce(contact_id, email, _erased_email) is null then null
        else properties end,
    page_url = case when coalesce(contact_id, email, _erased_email) is null then {_PAGE}
        else page_url end
where
    {clean("raw_rows.anonymous_id")} is not null
    and {{cookie}} in (select known.cookie from control.erased_cookies as known)
"""

_THEIR_CONSENTS = f"""
update {{target}}consents as raw_rows set email = null, {_RENAMED}
where email is not null and {_IS_THEIRS}
"""


def _reasons_sql(table: str, column: str) -> str:
    return f"""
update {{target}}{table} as raw_rows set {column} = {literal(ERASED)}
from erased_contacts as erased
where {CONTACT} = erased.contact_id and {is_prose(f"raw_rows.{column}")}
"""


ADDRESSED_TABLES = ("contacts", "events", "consents")

REDACTED_TABLES = {
    "consents": (_THEIR_CONSENTS,),
    "deals": (_reasons_sql("deals", "lost_reason"),),
    "sales_activities": (_reasons_sql("sales_activities", "reason"),),
    "contacts": (_THEIR_CONTACTS, _CONTACTS_OF_OTHERS),
    "events": (_THEIR_EVENTS, COOKIES),
}
"""The raw tables with personal data of people, and what takes it out."""
