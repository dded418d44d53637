"""What runs have built and noted: redacted where it stays, dropped where it is built anew."""

from __future__ import annotations

import re

from orchestration.erasure.personal_data import PERSONAL_COLUMNS
from orchestration.erasure.raw_rows import ERASED, is_prose
from orchestration.ingest.casts import identifier, literal
from orchestration.warehouse import Connection

REBUILT = ("staging", "intermediate", "marts_next")
"""Floors that every run builds anew from raw; and with a tail, those of time travel."""
_OF_TIME_TRAVEL = re.compile("(staging|intermediate|marts)__")


def redact_marts(connection: Connection) -> dict[str, int]:
    """Redact the marts in use, which stay until the next are published; rows by table."""
    rows = {}
    for table, has in connection.columns("marts").items():
        columns = [
            name for name in has if name in PERSONAL_COLUMNS or name.rpartition("_")[2] == "reason"
        ]
        if not columns or "lead_id" not in has:
            continue
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
        rows[f"marts.{table}"] = connection.changed(
            f"update marts.{identifier(table)} set "
            + ", ".join(f"{name} = {value}" for name, value in values.items())
            + f" where ({changed}) and lead_id in (select contact_id from people_contacts)"
        )
    return rows


def redact_run_log(connection: Connection) -> dict[str, int]:
    """Take their addresses out of what earlier runs noted, before evidence was masked."""
    rows: dict[str, int] = {}
    for table, column, key in (
        ("runs", "summary", ("run_id",)),
        ("run_steps", "detail", ("run_id", "step")),
    ):
        if not connection.has_table("control", table):
            continue
        name, noted = f"control.{table}", f"cast({column} as varchar)"
        found = connection.execute(
            f"select {', '.join(key)}, {noted}, email from {name} "
            f"inner join own_addresses on strpos(lower({noted}), email) > 0"
        ).fetchall()
        texts: dict[tuple[str, ...], str] = {}
        for *of, text, email in found:
            of_row = tuple(of)
            texts[of_row] = re.sub(
                re.escape(email), "erased", texts.get(of_row, text), flags=re.IGNORECASE
            )
        for of_row, text in texts.items():
            where = " and ".join(f"{each} = ?" for each in key)
            changed = connection.changed(
                f"update {name} set {column} = cast(? as json) where {where}", [text, *of_row]
            )
            rows[name] = rows.get(name, 0) + changed
    return rows


def drop_rebuilt(connection: Connection) -> list[str]:
    """Drop what is built from raw anew, and marts of time travel, which can be asked for again."""
    schemas = [
        name for name in connection.schemas() if name in REBUILT or _OF_TIME_TRAVEL.match(name)
    ]
    for name in schemas:
        connection.execute(f"drop schema {identifier(name)} cascade")
    return schemas
