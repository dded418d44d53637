"""Instants as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from orchestration.errors import UnusableInputError


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date or instant, in UTC when it has no offset; raises `UnusableInputError`."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UnusableInputError(
            f"{text!r} is not an instant. Write a date (2026-03-03) or an ISO 8601 instant "
            "(2026-03-03T09:00:00Z, 2026-03-03T10:00:00+01:00); without an offset it is UTC."
        ) from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
