"""What arrives is screened: rows of people who were erased land without their personal data."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.raw_rows import CONTACT, raw_schema
from orchestration.erasure.redaction import REDACTED_TABLES, redact, redactable
from orchestration.erasure.tombstones import check_key, has_tombstones

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

    Rows are theirs by contact, by address, or because the same event was theirs before. A contact
    that is new and has an erased address is the same person again: it is erased too, and merged
    into them. A contact known as somebody else loses only the erased address.

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
    redact(connection, key, f"temp.{_ARRIVING}")
    for table in redactable(connection):
        connection.execute(f"insert into {raw}.{table} by name from temp.{_ARRIVING}{table}")
