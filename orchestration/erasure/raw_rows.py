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
    return f"not (trim({column}) ~ '^[A-Za-z0-9_.-]*$')"


CONTACT = clean("raw_rows.contact_id")
