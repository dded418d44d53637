"""What the reader wants to see, as the page's address says it; and the SQL of it.

A filter gives conditions with `$name` placeholders, so that nothing of an address is ever SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from orchestration.audit_page.texts import NO_STAGE
from orchestration.errors import UnusableInputError

DEFAULT_DAYS = 90
"""How far back the page of changes looks when nobody says."""


class BadAddressError(UnusableInputError):
    """A value in the address that cannot be understood."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name}: found {value!r}")


@dataclass(frozen=True)
class Condition:
    """What rows have to be: an SQL condition and the values in it."""

    sql: str = "true"
    values: Mapping[str, object] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.sql} and {other.sql}", {**self.values, **other.values})


@dataclass(frozen=True)
class Period:
    """Days (UTC), the first and the last included; None for no bound."""

    since: date | None = None
    until: date | None = None

    def condition(self, instant: str, name: str = "period") -> Condition:
        """An instant that lies within; `name` keeps the values of several periods apart."""
        found = Condition()
        if self.since is not None:
            since = {f"{name}_since": _midnight(self.since)}
            found &= Condition(f"{instant} >= ${name}_since", since)
        if self.until is not None:
            until = {f"{name}_until": _midnight(self.until) + timedelta(days=1)}
            found &= Condition(f"{instant} < ${name}_until", until)
        return found


@dataclass(frozen=True)
class ChangesFilter:
    """Which stage changes; an empty text is any."""

    period: Period = field(default_factory=Period)
    from_stage: str = ""
    to_stage: str = ""
    cause: str = ""
    """One part of a cause, such as `signal:pricing_page`; a kind ends with a colon: `decay:`."""
    version: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str], latest: datetime | None) -> ChangesFilter:
        """From an address; without a first day, the days up to the latest change."""
        period = parse_period(query)
        if "since" not in query and latest is not None:
            last = period.until or latest.date()
            period = Period(last - timedelta(days=DEFAULT_DAYS - 1), period.until)
        return cls(period, **{name: query.get(name, "") for name in _texts(cls)})

    def condition(self) -> Condition:
        """The rows of `marts.lead_stage_changes`."""
        found = self.period.condition("changed_at")
        for column in ("from_stage", "to_stage"):
            if stage := getattr(self, column):
                sql = f"coalesce({column}, '{NO_STAGE}') = ${column}"
                found &= Condition(sql, {column: stage})
        if self.cause:
            part = f"|{self.cause}" if self.cause.endswith(":") else f"|{self.cause}|"
            found &= Condition("strpos('|' || cause || '|', $cause) > 0", {"cause": part})
        if self.version:
            found &= Condition("definition_version = $version", {"version": self.version})
        return found

    def query(self) -> dict[str, str]:
        """For an address; an open beginning is said, because silence means the last days."""
        return _query(self)


@dataclass(frozen=True)
class FindingsFilter:
    """Which findings; an empty text is any."""

    period: Period = field(default_factory=Period)
    finding: str = ""
    severity: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> FindingsFilter:
        """From an address."""
        return cls(parse_period(query), **{name: query.get(name, "") for name in _texts(cls)})

    def condition(self) -> Condition:
        """The rows of `marts.audit_findings`."""
        found = self.period.condition("found_at")
        for column in ("finding", "severity"):
            if wanted := getattr(self, column):
                found &= Condition(f"{column} = ${column}", {column: wanted})
        return found

    def query(self) -> dict[str, str]:
        """For an address."""
        return _query(self)


def parse_period(query: Mapping[str, str]) -> Period:
    """The days of an address; raises `BadAddressError`."""
    return Period(parse_day(query, "since"), parse_day(query, "until"))


def parse_day(query: Mapping[str, str], name: str) -> date | None:
    """A day of an address; None where it is left out."""
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadAddressError(name, text) from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _texts(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind) if each.name != "period"]


def _query(wanted: ChangesFilter | FindingsFilter) -> dict[str, str]:
    period = wanted.period
    said = {name: getattr(wanted, name) for name in _texts(type(wanted))}
    return {
        "since": str(period.since or ""),
        "until": str(period.until or ""),
        **{name: value for name, value in said.items() if value},
    }
