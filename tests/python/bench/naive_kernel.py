"""What `kernel.sql` says, one event at a time in plain Python."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.kernel import SEEDS, THRESHOLD


@dataclass(frozen=True, order=True)
class Event:
    person: str
    occurred_at: datetime
    event_id: str
    event_type: str
    page_url: str | None


def crossings(events: Iterable[Event], as_of: datetime) -> list[tuple[str, datetime, int]]:
    """Every instant at which a person's balance comes to the threshold from below it."""
    postings: dict[str, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    times_in_day: Counter[tuple[str, str, object]] = Counter()
    rules = {row["signal"]: row for row in _rows("definitions/scoring_rules")}
    steps = defaultdict(list)
    for row in _rows("definitions/decay_profiles"):
        steps[row["decay_profile"]].append((int(row["after_days"]), int(row["remaining_percent"])))
    for event in sorted(events):
        rule = rules.get(_signal(event) or "")
        if rule is None or event.occurred_at > as_of or int(rule["points"]) == 0:
            continue
        day = (event.person, rule["signal"], event.occurred_at.date())
        times_in_day[day] += 1
        if rule["max_per_day"] and times_in_day[day] > int(rule["max_per_day"]):
            continue
        points = left = int(rule["points"])
        postings[event.person][event.occurred_at] += points
        for after_days, percent in sorted(steps[rule["decay_profile"]]):
            still = _half_away_from_zero(points * percent, 100)
            postings[event.person][event.occurred_at + timedelta(after_days)] += still - left
            left = still
    return sorted(_crossings_of(postings, as_of))


def _crossings_of(
    postings: dict[str, dict[datetime, int]], as_of: datetime
) -> Iterable[tuple[str, datetime, int]]:
    for person, moves in postings.items():
        balance = 0
        for instant in sorted(moves):
            before, balance = balance, balance + moves[instant]
            if instant <= as_of and before < THRESHOLD <= balance:
                yield person, instant, balance


def _signal(event: Event) -> str | None:
    rows = sorted(_rows("reference/signal_catalogue"), key=lambda row: int(row["priority"]))
    for row in rows:
        patterns = [each for each in row["url_pattern"].split("|") if each]
        url = (event.page_url or "").lower()
        if row["event_type"] == event.event_type and (
            not patterns or any(pattern in url for pattern in patterns)
        ):
            return row["signal"]
    return None


_READ: dict[str, list[dict[str, str]]] = {}


def _rows(seed: str) -> list[dict[str, str]]:
    if seed not in _READ:
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            _READ[seed] = list(csv.DictReader(file))
    return _READ[seed]


def _half_away_from_zero(numerator: int, denominator: int) -> int:
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
