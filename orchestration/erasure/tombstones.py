"""Tombstones: which contacts and addresses were erased, so that no load brings them back.

`control.erasure_tombstones` keeps ids and keyed hashes, never an address. The hash is plain SQL,
`sha256(key || chr(31) || address)`, of the address as identities compare it: trimmed, lower-cased.

An address or cookie that is erased is not cut out but renamed, in every row alike: its hash stands
in `_erased_email` or `_erased_cookie`. So who is who, and whose event is whose, stay as they were,
whatever arrives before the erasure and whatever after it.
"""

from __future__ import annotations

from orchestration.erasure.raw_rows import ERASED, address, clean
from orchestration.errors import UnusableInputError
from orchestration.ingest.casts import literal
from orchestration.warehouse import Connection

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


def keyed_hash(text: str, key: str, connection: Connection) -> str:
    """The SQL of an SQL text's keyed hash."""
    return connection.words.sha256(f"{connection.secret(key)} || chr(31) || {text}")


def erased_address(column: str, key: str, connection: Connection) -> str:
    """The SQL of what stands for an address; text that is none stands for none."""
    known = f"'erased-' || {keyed_hash(address(column), key, connection)} || '@erased.invalid'"
    return f"case when {clean(column)} is not null then coalesce({known}, '{ERASED}') end"


def erased_cookie(column: str, key: str, connection: Connection) -> str:
    """The SQL of what stands for a cookie."""
    return f"'erased-' || {keyed_hash(clean(column), key, connection)}"


def has_tombstones(connection: Connection) -> bool:
    """Whether anybody was ever erased from the warehouse that is open."""
    if not connection.has_table("control", "erasure_tombstones"):
        return False
    found = connection.execute("select 1 from control.erasure_tombstones limit 1")
    return found.fetchone() is not None


def check_key(connection: Connection, key: str) -> None:
    """Make sure that it is the key of the tombstones that are there; the first one is noted.

    Raises:
        UnusableInputError: it is another one.
    """
    mine = keyed_hash(literal(_CHECKED), key, connection)
    connection.execute(
        f"insert into control.erasure_key_check select {mine} "
        "where not exists (select 1 from control.erasure_key_check)"
    )
    if connection.execute(
        f"select 1 from control.erasure_key_check where key_hash <> {mine} limit 1"
    ).fetchone():
        raise UnusableInputError(
            "The erasure key is not the one the tombstones were made with: bring that one back. "
            "With another one erased people could come back."
        )
