"""What arrives is screened: rows of people who were erased land without their personal data."""

from __future__ import annotations

from orchestration.erasure.raw_rows import CONTACT
from orchestration.erasure.redaction import COOKIES, REDACTED_TABLES, redact, redactable
from orchestration.erasure.tombstones import check_key, erased_cookie, has_tombstones
from orchestration.warehouse import Connection
from orchestration.warehouse.connection import listed

_ARRIVING = "arriving_"


def hold_arrivals(connection: Connection) -> dict[str, str]:
    """Temporary tables for arriving rows that may be of erased people, by raw table.

    There are none while nobody was ever erased. Redacted there, what arrives leaves no trace
    in the tables themselves, which keep the bytes of rows that were changed.
    """
    if not has_tombstones(connection):
        return {}
    raw = connection.schema("raw")
    for table in REDACTED_TABLES:
        connection.temp_table(f"{_ARRIVING}{table}", f"select * from {raw}.{table} limit 0")
    return {table: connection.temp(f"{_ARRIVING}{table}") for table in redactable(connection)}


def release_arrivals(connection: Connection, key: str) -> None:
    """Move the rows held into the raw tables, without the personal data of erased people.

    Rows are theirs by contact, by address or by cookie. A contact that is new and has an erased
    address is the same person again, and is erased too; a contact known as somebody else loses
    only the erased address. A cookie they are first seen with now is renamed in earlier rows too.

    Raises:
        UnusableInputError: it is not the key of the tombstones.
    """
    check_key(connection, key)
    raw = connection.schema("raw")
    connection.temp_table(
        "known_contacts",
        f"select distinct {CONTACT} as contact_id from {raw}.contacts as raw_rows "
        f"where {CONTACT} is not null",
    )
    known = _cookies_known(connection)
    redact(connection, key, _ARRIVING)
    columns = connection.columns("raw")
    for table in redactable(connection):
        names = listed(columns[table])
        arrived = connection.temp(f"{_ARRIVING}{table}")
        connection.execute(f"insert into {raw}.{table} ({names}) select {names} from {arrived}")
    if _cookies_known(connection) > known:
        cookie = erased_cookie("anonymous_id", key, connection)
        connection.execute(COOKIES.format(target=f"{raw}.", cookie=cookie))


def _cookies_known(connection: Connection) -> int:
    row = connection.execute("select count(*) from control.erased_cookies").fetchone()
    return int(row[0]) if row else 0
