"""Tombstones: which contacts and addresses were erased, so that no load brings them back.

`control.erasure_tombstones` keeps ids and keyed hashes, never an address. The hash is plain SQL,
`sha256(key || chr(31) || address)`, of the address as identities compare it: trimmed, lower-cased.

An address or cookie that is erased is not cut out but renamed, in every row alike: its hash stands
in `_erased_email` or `_erased_cookie`. So who is who, and whose event is whose, stay as they were,
whatever arrives before the erasure and whatever after it.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.personal_data import CONTACT_COLUMNS
from orchestration.errors import UnusableInputError
from orchestration.ingest.casts import identifier, literal

TABLES = """
create schema if not exists control;
create table if not exists control.erasure_tombstones (
    contact_id varchar not null, lead_id varchar not null, email_hash varchar,
    erased_at timestamp not null, run_id varchar not null
);
create table if not exists control.erasures (
    lead_id varchar not null, run_id varchar not null, erased_at timestamp not null,
    cleaned_at timestamp
);
create table if not exists control.erased_cookies (cookie varchar not null);
create table if not exists control.erasure_key_check (key_hash varchar not null);
comment on table control.erasure_tombstones is
    'One row per erased contact and address it ever had, as a keyed hash (null: it had none).';
comment on table control.erasures is
    'One row per erasure of a person; cleaned_at once no file holds their data any more (UTC).';
"""

_CHECKED = "leadger"
_ARRIVING = "arriving_"

ERASED = "erased"
"""What stands where a text was."""


def clean(column: str) -> str:
    """Text as staging reads it: trimmed, and empty is null."""
    return f"nullif(trim({column}), '')"


def address(column: str) -> str:
    """The address that can identify a person, as the macro `email_address` has it."""
    text = f"lower(trim({column}))"
    return f"case when {text} like '_%@_%._%' then {text} end"


def keyed_hash(text: str, key: str) -> str:
    """The SQL of an SQL text's keyed hash."""
    return f"sha256({literal(key)} || chr(31) || {text})"


def is_prose(column: str) -> str:
    """Whether a reason is a sentence, which may name the person, and no code like `no_budget`."""
    return f"not regexp_matches(trim({column}), '^[A-Za-z0-9_.-]*$')"


def erased_address(column: str, key: str) -> str:
    """The SQL of what stands for an address; text that is none stands for none."""
    known = f"'erased-' || {keyed_hash(address(column), key)} || '@erased.invalid'"
    return f"case when {clean(column)} is not null then coalesce({known}, 'erased') end"


def erased_cookie(column: str, key: str) -> str:
    """The SQL of what stands for a cookie."""
    return f"'erased-' || {keyed_hash(clean(column), key)}"


def has_tombstones(connection: DuckDBPyConnection) -> bool:
    """Whether anybody was ever erased from the warehouse that is open."""
    known = connection.execute(
        "select count(*) from information_schema.tables where table_catalog = current_database() "
        "and table_schema = 'control' and table_name = 'erasure_tombstones'"
    ).fetchone()
    if known != (1,):
        return False
    return connection.execute("from control.erasure_tombstones limit 1").fetchone() is not None


def check_key(connection: DuckDBPyConnection, key: str) -> None:
    """Make sure that it is the key of the tombstones that are there; the first one is noted.

    Raises:
        UnusableInputError: it is another one.
    """
    mine = keyed_hash(literal(_CHECKED), key)
    connection.execute(
        f"insert into control.erasure_key_check select {mine} "
        "where not exists (from control.erasure_key_check)"
    )
    if connection.execute(
        f"from control.erasure_key_check where key_hash <> {mine} limit 1"
    ).fetchone():
        raise UnusableInputError(
            "The erasure key is not the one the tombstones were made with: bring that one back. "
            "With another one erased people could come back."
        )


def hold_arrivals(connection: DuckDBPyConnection) -> dict[str, str]:
    """Temporary tables for arriving rows that may be of erased people, by raw table.

    There are none while nobody was ever erased. Redacted in memory, what arrives leaves no trace
    in the warehouse file, which keeps the bytes of rows that were changed.
    """
    if not has_tombstones(connection):
        return {}
    raw = raw_schema(connection)
    for table in REDACTED_TABLES:
        connection.execute(
            f"create or replace temp table {_ARRIVING}{table} as from {raw}.{table} limit 0"
        )
    return {table: f"temp.{_ARRIVING}{table}" for table in _redactable(connection)}


def release_arrivals(connection: DuckDBPyConnection, key: str) -> None:
    """Move the rows held into the raw tables, without the personal data of erased people.

    Rows are theirs by contact, by address or by cookie. A contact that is new and has an erased
    address is the same person again, and is erased too; a contact known as somebody else loses
    only the erased address. A cookie they are first seen with now is renamed in earlier rows too.

    Raises:
        UnusableInputError: it is not the key of the tombstones.
    """
    check_key(connection, key)
    raw = raw_schema(connection)
    connection.execute(
        "create or replace temp table known_contacts as "
        f"select distinct {CONTACT} as contact_id from {raw}.contacts as raw_rows "
        f"where {CONTACT} is not null"
    )
    known = _cookies_known(connection)
    redact(connection, key, f"temp.{_ARRIVING}")
    for table in _redactable(connection):
        connection.execute(f"insert into {raw}.{table} by name from temp.{_ARRIVING}{table}")
    if _cookies_known(connection) > known:
        cookie = erased_cookie("anonymous_id", key)
        connection.execute(_COOKIES.format(target=f"{raw}.", cookie=cookie))


def _cookies_known(connection: DuckDBPyConnection) -> int:
    row = connection.execute("select count(*) from control.erased_cookies").fetchone()
    return int(row[0]) if row else 0


def redact(connection: DuckDBPyConnection, key: str, target: str) -> dict[str, int]:
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
        "email": erased_address("email", key),
        "cookie": erased_cookie("anonymous_id", key),
    }
    rows: dict[str, int] = {}
    for table in _redactable(connection):
        for statement in REDACTED_TABLES[table]:
            count = connection.execute(statement.format(**given)).fetchone()
            rows[table] = rows.get(table, 0) + (int(count[0]) if count else 0)
    return rows


def raw_schema(connection: DuckDBPyConnection) -> str:
    """Schema `raw` with its database in front: a file `raw.duckdb` is a database named raw, too."""
    row = connection.execute("select current_database()").fetchone()
    return f"{identifier(str(row[0]) if row else '')}.raw"


def raw_tables(connection: DuckDBPyConnection) -> set[str]:
    """The raw tables that are tables."""
    found = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'raw' "
        "and table_catalog = current_database() and table_type = 'BASE TABLE'"
    )
    return {name for (name,) in found.fetchall()}


def _redactable(connection: DuckDBPyConnection) -> list[str]:
    return sorted(raw_tables(connection) & set(REDACTED_TABLES))


def _recognise(connection: DuckDBPyConnection, key: str, target: str) -> None:
    """Find the erased addresses and cookies among the rows, and bury new contacts that have one."""
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
        select distinct contact_id from control.erasure_tombstones;

        insert into control.erased_cookies
        select distinct {erased_cookie("anonymous_id", key)}
        from {target}events as raw_rows
        where
            {clean("anonymous_id")} is not null
            and {_IS_THEIRS}
            and coalesce({CONTACT} not in (select contact_id from known_contacts), true)
            and {erased_cookie("anonymous_id", key)} not in (
                select known.cookie from control.erased_cookies as known
            );
        """
    )


CONTACT = clean("raw_rows.contact_id")
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

_COOKIES = f"""
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
    "events": (_THEIR_EVENTS, _COOKIES),
}
"""The raw tables with personal data of people, and what takes it out."""
