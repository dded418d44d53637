"""Business time as a person would count it: minute by minute, by the clock on the office wall."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
Opening = tuple[time, time | None]
"""From when to when by the clock on the wall; None is midnight, the end of the day."""
Hours = dict[int, list[Opening]]
"""Openings by weekday, 1 is Monday."""
WORKING_WEEK: Hours = {weekday: [(time(9), time(18))] for weekday in range(1, 6)}


@dataclass(frozen=True)
class Office:
    """When somebody is there; instants are naive UTC."""

    zone: ZoneInfo
    hours: Hours
    holidays: frozenset[date]
    later: tuple[tuple[date, Hours], ...] = ()
    """Hours that replace those before, each from a day on."""

    def openings(self, day: date) -> list[Opening]:
        """The openings of a day."""
        hours = self.hours
        for since, replaced in self.later:
            hours = replaced if day >= since else hours
        return [] if day in self.holidays else hours.get(day.isoweekday(), [])

    def is_open(self, instant: datetime) -> bool:
        """Whether somebody is there at an instant."""
        local = instant.replace(tzinfo=UTC).astimezone(self.zone)
        return any(
            opens <= local.time() and (closes is None or local.time() < closes)
            for opens, closes in self.openings(local.date())
        )

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Open minutes between two instants on whole minutes, one after the other."""
        count, at = 0, start
        while at < end:
            count += self.is_open(at)
            at += MINUTE
        return count

    def due(self, start: datetime, minutes: int) -> datetime:
        """When so many open minutes have passed since a whole minute."""
        at = start
        while minutes > 0:
            minutes -= self.is_open(at)
            at += MINUTE
        return at


@dataclass
class Diary:
    """The same by day, for instants with seconds: a list of openings, gone through."""

    office: Office
    openings: list[tuple[datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        day = date(2024, 1, 1)
        while day < date(2028, 1, 1):
            for opens, closes in self.office.openings(day):
                end = (day + DAY, time(0)) if closes is None else (day, closes)
                self.openings.append((self._utc(day, opens), self._utc(*end)))
            day += DAY

    def _utc(self, day: date, at: time) -> datetime:
        local = datetime.combine(day, at, self.office.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants."""
        total = timedelta(0)
        for opens, closes in self._from(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def after(self, start: datetime, allowed: timedelta) -> datetime:
        """When so much open time has passed."""
        for opens, closes in self._from(start):
            begin = max(opens, start)
            if closes - begin >= allowed:
                return begin + allowed
            allowed -= max(closes - begin, timedelta(0))
        raise AssertionError("the diary ends before that")

    def _from(self, start: datetime) -> list[tuple[datetime, datetime]]:
        return self.openings[max(bisect_right(self.openings, (start, start)) - 1, 0) :]
