"""Raw rows in SQL: how they are read, and what takes the place of what is erased.

Updates name the table they change `raw_rows`.
"""

from __future__ import annotations

ERASED = "erased"
"""What stands where a text was."""


def clean(column: str) -> str:
    """Text as staging reads it: trimmed, and empty is null."""
    return f"nullif(trim({column}), '')"


def address(column: str) -> str:
    """The address that can identify a person, as the macro `email_address` has it."""
    text = f"lower(trim({column}))"
    return f"case when {text} like '_%@_%._%' then {text} end"


def is_prose(column: str) -> str:
    """Whether a reason is a sentence, which may name the person, and no code like `no_budget`."""
    return f"not regexp_matches(trim({column}), '^[A-Za-z0-9_.-]*$')"


XXconnection: DuckDBPyConnection) -> str:
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


CONTACT = clean("raw_rows.contact_id")
