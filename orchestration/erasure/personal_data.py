"""Which columns hold personal data, and how their values look wherever they are kept as evidence.

What a gate, a test or a traceback says of bad rows outlives the rows, so it never quotes them.
"""

from __future__ import annotations

import re

CONTACT_COLUMNS = ("email", "first_name", "last_name", "phone", "job_title")
EVENT_COLUMNS = ("email", "anonymous_id", "page_url", "properties")
CONSENT_COLUMNS = ("email",)
PERSONAL_COLUMNS = frozenset((*CONTACT_COLUMNS, *EVENT_COLUMNS, *CONSENT_COLUMNS))

_ADDRESS = re.compile(r"([^\s@'\"<>(),;:=]+)@([^\s@'\"<>(),;:=]+)")
# Engines quote the value they could not convert; the loader quotes the one it did not expect.
_QUOTED_VALUE = re.compile(
    r"""((?:[Ss]tring|value|found|syntax for type [a-z ]+:) )(?:'(?:[^'\n]|'')*'|"[^"\n]*")"""
)


def masked_value(column: str | None, value: object) -> str:
    """A value as evidence may show it: in full, unless its column is personal.

    An address keeps the first letter of each side, other personal values their first letter.
    """
    text = str(value)
    if value is None or column is None or not is_personal(column):
        return masked_addresses(text)
    if _ADDRESS.fullmatch(text.strip()):
        return masked_addresses(text.strip())
    return text[:1] + "***"


def is_personal(columns: str) -> bool:
    """Whether one of these columns (`email`, `country, phone`) is personal."""
    return any(column.strip().lower() in PERSONAL_COLUMNS for column in columns.split(","))


def masked_addresses(text: str) -> str:
    """The text with every e-mail address masked: `j***@a***.com`."""
    return _ADDRESS.sub(_masked_address, text)


def masked_message(text: str) -> str:
    """An error's words without the values they quote, for where they are kept."""
    return masked_addresses(_QUOTED_VALUE.sub(r"\1'***'", text))


def _masked_address(found: re.Match[str]) -> str:
    name, domain = found.groups()
    top = domain.rpartition(".")[2] if "." in domain else ""
    return f"{name[:1]}***@{domain[:1]}***" + (f".{top}" if top else "")
