"""French public holidays, computed: `python -m orchestration.business_calendar 2006 2031`.

Prints the seed `seeds/reference/holidays.csv`: eight fixed days, and Easter Monday, Ascension and
Whit Monday by the date of Easter. Another country: write its days into the seed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dateutil.easter import easter  # type: ignore[import-untyped]

FIXED = {
    (1, 1): "1er janvier",
    (5, 1): "1er mai",
    (5, 8): "8 mai",
    (7, 14): "14 juillet",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "11 novembre",
    (12, 25): "Jour de Noël",
}
AFTER_EASTER = {1: "Lundi de Pâques", 39: "Ascension", 50: "Lundi de Pentecôte"}


def holidays(years: Iterable[int]) -> Iterator[tuple[date, str]]:
    """Public holidays of metropolitan France without Alsace-Moselle, in order."""
    for year in years:
        days = {date(year, month, day): name for (month, day), name in FIXED.items()}
        for offset, name in AFTER_EASTER.items():
            days.setdefault(easter(year) + timedelta(days=offset), name)
        yield from sorted(days.items())


def main() -> None:
    """Print the seed for the years named on the command line, both included."""
    first, last = map(int, sys.argv[1:3])
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["holiday", "name"])
    rows.writerows(holidays(range(first, last + 1)))


if __name__ == "__main__":
    main()
