"""Signals: the catalogue, the two derived signals, and what each is worth."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .definitions import Definitions, Row, TextRow, Version, points_left
from .identity import is_empty

WEEK = timedelta(days=7)
DERIVED = {
    "strategic": ("repeated_strategic_visits", "interest"),
    "careers": ("repeated_careers_visits", "negative"),
}


@dataclass
class Activity:
    """A sales activity of the person."""

    row: Row
    at: datetime
    activity_id: str
    is_reset: bool
    epoch: int = 0

    def is_a(self, activity_type: str, outcome: str) -> bool:
        """Whether it is an activity of that type with that outcome."""
        return bool(self.row["activity_type"] == activity_type) and self.outcome == outcome

    @property
    def outcome(self) -> str | None:
        """The outcome, if any."""
        outcome: str | None = self.row.get("outcome")
        return outcome

    @property
    def verdict(self) -> str | None:
        """The verdict, if any."""
        verdict: str | None = self.row.get("verdict")
        return verdict

    @property
    def reason(self) -> str | None:
        """The reason given with the verdict, in whatever case it was typed."""
        text = self.row.get("reason")
        return None if is_empty(text) else str(text).strip().lower()

    def answer(self, question: str) -> str | None:
        """`confirmed`, `denied` or None."""
        return None if is_empty(self.row.get(question)) else str(self.row[question])


@dataclass
class Signal:
    """A signal of the person, with the definition in force at its instant."""

    at: datetime
    fact_id: str
    name: str
    category: str
    is_hand_raise: bool
    version: Version
    is_of_reset: bool = False
    """Whether a resetting activity posted it: then it counts in no epoch."""
    epoch: int = 0
    is_over_day_cap: bool = False

    @property
    def is_interest(self) -> bool:
        """Whether it is an interest or intent signal."""
        return self.category in ("interest", "intent")

    def is_unexpired(self, at: datetime) -> bool:
        """Whether its decay profile leaves more than 0 percent."""
        return self.version.percent_left(self.name, at - self.at) > 0

    def points(self, at: datetime) -> int:
        """Points left at an instant, before caps of groups."""
        rule = self.version.rules.get(self.name)
        if rule is None or self.is_over_day_cap:
            return 0
        return points_left(rule.points, self.version.percent_left(self.name, at - self.at))

    @property
    def group(self) -> str:
        """Its score group."""
        return self.version.rules[self.name].group if self.name in self.version.rules else ""

    @property
    def instants(self) -> list[datetime]:
        """Its instant and those of its decay steps."""
        return [self.at] + [self.at + after for after, _ in self.version.steps(self.name)]


def contains_any(pattern: str, *texts: str | None) -> bool:
    """Whether a text contains one of the `|`-separated substrings, whatever the case."""
    words = [word.lower() for word in pattern.split("|")]
    return any(word in text.lower() for text in texts if text for word in words)


def catalogue_row(definitions: Definitions, event: Row) -> TextRow | None:
    """The first row of the catalogue that matches a raw event."""
    for row in definitions.catalogue:
        if row["event_type"] != event["event_type"]:
            continue
        if row["url_pattern"] and not contains_any(row["url_pattern"], event.get("page_url")):
            continue
        content = event.get("content_id"), event.get("content_title")
        if row["content_pattern"] and not contains_any(row["content_pattern"], *content):
            continue
        return row
    return None


def week_of(at: datetime) -> date:
    """The Monday of an instant's UTC week."""
    return at.date() - timedelta(days=at.weekday())


def repeated_visits(visits: list[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    """The first qualifying visit of each week: the second visit before it is <= 7 days older."""
    posted: list[tuple[datetime, str]] = []
    weeks: set[date] = set()
    ordered = sorted(visits)
    for number, (at, event_id) in enumerate(ordered):
        qualifies = number >= 2 and at - ordered[number - 2][0] <= WEEK
        if qualifies and week_of(at) not in weeks:
            weeks.add(week_of(at))
            posted.append((at, event_id))
    return posted


def find_signals(
    definitions: Definitions,
    events: list[Row],
    activities: list[Activity],
    resets: list[datetime],
) -> list[Signal]:
    """All signals of a person by instant, then id of the fact."""
    signals: list[Signal] = []
    visits: dict[str, list[tuple[datetime, str]]] = {group: [] for group in DERIVED}

    def add(row: TextRow, at: datetime, fact_id: str, is_of_reset: bool) -> None:
        hand_raise = row["is_hand_raise"].lower() == "true"
        version = definitions.in_force(at)
        signals.append(
            Signal(at, fact_id, row["signal"], row["category"], hand_raise, version, is_of_reset)
        )

    for event in events:
        row = catalogue_row(definitions, event)
        if row is not None:
            add(row, event["occurred_at"], event["event_id"], False)
            if row["page_group"] in visits:
                visits[row["page_group"]].append((event["occurred_at"], event["event_id"]))
    for activity in activities:
        if not is_empty(activity.outcome):
            event_type = f"{activity.row['activity_type']}_{activity.outcome}"
            row = catalogue_row(definitions, {"event_type": event_type})
            if row is not None:
                add(row, activity.at, activity.activity_id, activity.is_reset)
    for group, (name, category) in DERIVED.items():
        for at, event_id in repeated_visits(visits[group]):
            version = definitions.in_force(at)
            signals.append(Signal(at, event_id, name, category, False, version))

    signals.sort(key=lambda signal: (signal.at, signal.fact_id, signal.name))
    per_day: dict[tuple[str, date], int] = {}
    for signal in signals:
        signal.epoch = bisect_right(resets, signal.at)
        day = signal.name, signal.at.date()
        per_day[day] = per_day.get(day, 0) + 1
        rule = signal.version.rules.get(signal.name)
        if rule is not None and rule.max_per_day is not None:
            signal.is_over_day_cap = per_day[day] > rule.max_per_day
    return signals


def group_balances(version: Version, credits: list[Signal], at: datetime) -> dict[str, int]:
    """What each group counts: its balance, up to its cap."""
    groups: dict[str, int] = {}
    for signal in credits:
        groups[signal.group] = groups.get(signal.group, 0) + signal.points(at)
    for group, balance in groups.items():
        cap = version.caps.get(group)
        groups[group] = balance if cap is None else min(balance, cap)
    return groups


def engagement_score(version: Version, credits: list[Signal], at: datetime) -> int:
    """Sum of the capped groups, kept within 0 and the maximum."""
    total = sum(group_balances(version, credits, at).values())
    return max(0, min(version.number("engagement_max"), total))
