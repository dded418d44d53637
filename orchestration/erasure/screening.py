"""What arrives is screened: rows of people who were erased land without their personal data."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.raw_rows import CONTACT, raw_schema
from orchestration.erasure.redaction import COOKIES, REDACTED_TABLES, redact, redactable
from orchestration.erasure.tombstones import check_key, erased_cookie, has_tombstones

_ARRIVING = "arriving_"


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
    return {table: f"temp.{_ARRIVING}{table}" for table in redactable(connection)}


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
    for table in redactable(connection):
        connection.execute(f"insert into {raw}.{table} by name from temp.{_ARRIVING}{table}")
    if _cookies_known(connection) > known:
        cookie = erased_cookie("anonymous_id", key)
        connection.execute(COOKIES.format(target=f"{raw}.", cookie=cookie))


def _cookies_known(connection: DuckDBPyConnection) -> int:
    row = connection.execute("select count(*) from control.erased_cookies").fetchone()
    return int(row[0]) if row else 0
