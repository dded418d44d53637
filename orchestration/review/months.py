"""Calendar months (UTC), and the first day in one of them on which the business is open."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

from orchestration.errors import UnusableInputError
from orchestration.workspace import PROJECT

REFERENCE = PROJECT / "seeds" / "reference"
_WRITTEN = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, in UTC as everywhere in the marts."""

    first_day: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """A month written `2026-10`; raises `UnusableInputError`."""
        found = _WRITTEN.fullmatch(text.strip())
        try:
            if found is not None:
                return cls(date(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass  # a thirteenth month is told below, like anything else that is none
        raise UnusableInputError(f"{text!r} is not a month. Write year and month: 2026-10.")

    @property
    def label(self) -> str:
        """As it is written on the command line and in file names."""
        return f"{self.first_day:%Y-%m}"

    @property
    def ends_at(self) -> datetime:
        """The first instant (naive UTC) that is no longer in it."""
        return datetime.combine(self.after(1).first_day, datetime.min.time())

    def after(self, months: int) -> Self:
        """So many months later, or earlier."""
        place = self.first_day.year * 12 + self.first_day.month - 1 + months
        return type(self)(date(place // 12, place % 12 + 1, 1))

    def and_before(self, months: int) -> list[Self]:
        """So many months that end with this one, in order."""
        return [self.after(-back) for back in reversed(range(months))]


@dataclass(frozen=True)
class BusinessDays:
    """On which days the business is open: the opening hours in force, less the holidays."""

    openings: Collection[tuple[date, int]]
    """From when which weekday (1 is Monday) is open."""
    holidays: Collection[date]

    @classmethod
    def read(cls, folder: Path = REFERENCE) -> Self:
        """As the seeds `business_hours` and `holidays` say."""
        hours, days = (_rows(folder / f"{name}.csv") for name in ("business_hours", "holidays"))
        return cls(
            {(date.fromisoformat(row["effective_from"]), int(row["weekday"])) for row in hours},
            {date.fromisoformat(row["holiday"]) for row in days},
        )

    def is_open(self, day: date) -> bool:
        """Whether the business is open on a day; the earliest hours reach back for ever."""
        starts = {start for start, _ in self.openings}
        in_force = max((start for start in starts if start <= day), default=min(starts))
        return (in_force, day.isoweekday()) in self.openings and day not in self.holidays

    def is_first_of_month(self, day: date) -> bool:
        """Whether it is the first day of its month on which the business is open."""
        earlier = [day - timedelta(days=back) for back in range(1, day.day)]
        return self.is_open(day) and not any(map(self.is_open, earlier))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))
