"""What runs have built and noted: redacted where it stays, dropped where it is built anew."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.personal_data import PERSONAL_COLUMNS
from orchestration.erasure.raw_rows import ERASED, is_prose
from orchestration.ingest.casts import identifier, literal
from orchestration.run_log import has_table

REBUILT = ("staging", "intermediate", "marts_next")
"""Floors that every run builds anew from raw; and with a tail, those of time travel."""


def redact_marts(connection: DuckDBPyConnection) -> dict[str, int]:
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


def redact_run_log(connection: DuckDBPyConnection) -> dict[str, int]:
    """Take their addresses out of what earlier runs noted, before evidence was masked."""
    rows: dict[str, int] = {}
    for table, column in (("runs", "summary"), ("run_steps", "detail")):
        if not has_table(connection, "control", table):
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


def drop_rebuilt(connection: DuckDBPyConnection) -> list[str]:
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
