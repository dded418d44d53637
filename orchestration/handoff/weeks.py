"""Weeks as people name them, `2026-W47`, and the one the published lists are for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.errors import UnusableInputError

_ISO_WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})")


@dataclass(frozen=True)
class Week:
    """A week from a Monday to the next, by the clocks of the business."""

    monday: date
    zone: str
    """IANA name of the business's time zone."""

    @property
    def label(self) -> str:
        """As ISO 8601 names it: `2026-W47`."""
        return week_label(self.monday)

    @property
    def monday_before(self) -> date:
        """The Monday of the week that the feedback is about."""
        return self.monday - timedelta(days=7)


def week_label(monday: date) -> str:
    """The ISO 8601 name of a week: `2026-W47`."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


def parse_week(text: str) -> date:
    """The Monday of a week (`2026-W47`) or of the week a date is in (`2026-11-18`).

    Raises:
        UnusableInputError: it is neither.
    """
    named = _ISO_WEEK.fullmatch(text.strip())
    try:
        if named is not None:
            return date.fromisocalendar(int(named[1]), int(named[2]), 1)
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise UnusableInputError(
            f"{text!r} is not a week. Write a week (2026-W47) or any date in it (2026-11-18)."
        ) from error
    return day - timedelta(days=day.weekday())


def check_week(published: Week, wanted: date | None) -> None:
    """Only the week the marts were built for can be told.

    Raises:
        UnusableInputError: another one is wanted; it says how to get it.
    """
    if wanted is None or wanted == published.monday:
        return
    remedy = (
        f"leadger run --as-of {wanted}T12:00:00Z publishes them; then ask again."
        if wanted > published.monday
        else f"leadger run --as-of {wanted}T12:00:00Z builds them again as tables, in a schema of "
        "their own; the files of that week were written then."
    )
    raise UnusableInputError(
        f"The published lists are those of {published.label} (from Monday {published.monday}), "
        f"not of {week_label(wanted)}. {remedy}"
    )
