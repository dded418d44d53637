"""The definitions as versioned data: what the CSV files say, and which version is in force."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, Any]
History = dict[str, list[Row]]
TextRow = dict[str, str]

BOXES = ("icp_fit", "need", "budget", "authority", "timing", "engagement")

DEFAULT_PARAMETERS = {
    "mql_score_above": "70",
    "mql_min_fit": "20",
    "mql_exit_below": "50",
    "sql_score_above": "80",
    "checklist_min": "5",
    "checklist_requires": "",
    "verdict_suffices": "false",
    "deal_suffices": "true",
    "booking_grace_days": "7",
    "booking_expires_days": "30",
    "engagement_max": "60",
    "fit_max": "40",
    "icp_grade_a": "32",
    "icp_grade_b": "26",
    "icp_grade_c": "16",
    "warm_engagement_from": "10",
    "hot_engagement_from": "35",
    "cold_prospect_max_touches": "4",
    "sla_at_risk_percent": "80",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "definition_versions": (
        "definition_version",
        "effective_from",
        "status",
        "approved_by_marketing",
        "approved_by_sales",
        "reviewed_on",
        "reason",
    ),
    "definition_parameters": ("definition_version", "parameter", "value"),
    "scoring_rules": (
        "definition_version",
        "signal",
        "score_group",
        "points",
        "max_per_day",
        "decay_profile",
    ),
    "scoring_groups": ("definition_version", "score_group", "cap"),
    "decay_profiles": (
        "definition_version",
        "decay_profile",
        "after_days",
        "remaining_percent",
    ),
    "icp_criteria": (
        "definition_version",
        "criterion",
        "entity",
        "attribute",
        "operator",
        "value",
        "points",
        "score_group",
        "is_exclusion",
    ),
    "sla_policies": (
        "definition_version",
        "obligation",
        "segment",
        "business_minutes",
        "min_attempts",
        "min_channels",
        "owed_by",
        "escalate_to",
    ),
    "signal_catalogue": (
        "priority",
        "event_type",
        "url_pattern",
        "content_pattern",
        "signal",
        "category",
        "is_hand_raise",
        "page_group",
    ),
}


def points_left(points: int, percent: int) -> int:
    """Points times percent over 100, rounded half away from zero."""
    whole = (abs(points) * percent * 2 + 100) // 200
    return whole if points >= 0 else -whole


@dataclass(frozen=True)
class Rule:
    """What one signal is worth in one version."""

    group: str
    points: int
    max_per_day: int | None
    profile: str


@dataclass(frozen=True)
class Criterion:
    """One ICP criterion."""

    name: str
    entity: str
    attribute: str
    operator: str
    value: str
    points: int
    group: str
    is_exclusion: bool

    def matches(self, value: Any) -> bool:
        """Whether a known value meets the criterion; an unknown one never does."""
        if value is None or value == "":
            return False
        if self.operator == "is_true":
            return value is True
        if self.operator == "=":
            return _same(value, self.value)
        if self.operator == "in":
            return any(_same(value, one) for one in self.value.split("|"))
        if self.operator == "contains":
            text = str(value).strip().lower()
            return any(one.strip().lower() in text for one in self.value.split("|"))
        if self.operator == "between":
            low, high = self.value.split("..")
            return float(low) <= float(value) <= float(high)
        if self.operator == ">=":
            return float(value) >= float(self.value)
        if self.operator == "<=":
            return float(value) <= float(self.value)
        raise ValueError(f"unknown operator {self.operator}")


def _same(value: Any, wanted: str) -> bool:
    if isinstance(value, int | float):
        return float(value) == float(wanted)
    return str(value).strip().lower() == wanted.strip().lower()


@dataclass(frozen=True)
class Version:
    """One active definition version."""

    name: str
    effective_from: datetime
    parameters: dict[str, str]
    rules: dict[str, Rule]
    caps: dict[str, int | None]
    profiles: dict[str, list[tuple[timedelta, int]]]
    criteria: list[Criterion]

    def number(self, parameter: str) -> int:
        """A whole-number parameter; the default where the version does not name it."""
        return int(self.parameters.get(parameter, DEFAULT_PARAMETERS[parameter]))

    def flag(self, parameter: str) -> bool:
        """A true/false parameter."""
        return self.parameters.get(parameter, DEFAULT_PARAMETERS[parameter]).lower() == "true"

    @property
    def required_boxes(self) -> list[str]:
        """Boxes that must be among the ticked ones."""
        return [box for box in self.parameters.get("checklist_requires", "").split("|") if box]

    def steps(self, signal: str) -> list[tuple[timedelta, int]]:
        """Decay steps of a signal: after how long, what percentage remains."""
        rule = self.rules.get(signal)
        return self.profiles.get(rule.profile, []) if rule else []

    def percent_left(self, signal: str, age: timedelta) -> int:
        """What the decay profile leaves of a signal of that age."""
        percent = 100
        for after, remaining in self.steps(signal):
            if age >= after:
                percent = remaining
        return percent


def parse_instant(text: str) -> datetime:
    """A naive UTC instant from ISO text with a Z (or without an offset)."""
    return datetime.fromisoformat(text.strip().removesuffix("Z"))


@dataclass(frozen=True)
class Definitions:
    """The definition files, as rows of text, keyed by the file's name without `.csv`."""

    tables: dict[str, list[TextRow]]

    @cached_property
    def versions(self) -> list[Version]:
        """The active versions, earliest first."""
        active = [row for row in self.tables["definition_versions"] if row["status"] == "active"]
        return sorted(
            (self._version(row["definition_version"], row) for row in active),
            key=lambda version: version.effective_from,
        )

    def in_force(self, at: datetime) -> Version:
        """The version in force at an instant; the earliest one reaches back for ever."""
        found = self.versions[0]
        for version in self.versions:
            if version.effective_from <= at:
                found = version
        return found

    @cached_property
    def catalogue(self) -> list[TextRow]:
        """The signal catalogue in its order."""
        return sorted(self.tables["signal_catalogue"], key=lambda row: int(row["priority"]))

    def _of(self, table: str, name: str) -> list[TextRow]:
        return [row for row in self.tables[table] if row["definition_version"] == name]

    def _version(self, name: str, row: TextRow) -> Version:
        profiles: dict[str, list[tuple[timedelta, int]]] = {}
        for step in self._of("decay_profiles", name):
            profiles.setdefault(step["decay_profile"], []).append(
                (timedelta(days=int(step["after_days"])), int(step["remaining_percent"]))
            )
        return Version(
            name=name,
            effective_from=parse_instant(row["effective_from"]),
            parameters={
                one["parameter"]: one["value"] for one in self._of("definition_parameters", name)
            },
            rules={
                rule["signal"]: Rule(
                    rule["score_group"],
                    int(rule["points"]),
                    int(rule["max_per_day"]) if rule["max_per_day"] else None,
                    rule["decay_profile"],
                )
                for rule in self._of("scoring_rules", name)
            },
            caps={
                group["score_group"]: int(group["cap"]) if group["cap"] else None
                for group in self._of("scoring_groups", name)
            },
            profiles={key: sorted(steps) for key, steps in profiles.items()},
            criteria=[
                Criterion(
                    one["criterion"],
                    one["entity"],
                    one["attribute"],
                    one["operator"],
                    one["value"],
                    int(one["points"]),
                    one["score_group"],
                    one["is_exclusion"].lower() == "true",
                )
                for one in self._of("icp_criteria", name)
            ],
        )


def read_definitions(seeds: Path) -> Definitions:
    """Read the definition files of a seeds folder (`definitions/`, `reference/`)."""
    tables = {}
    for name in COLUMNS:
        folder = "reference" if name == "signal_catalogue" else "definitions"
        with (seeds / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    return Definitions(tables)


def no_seniority(_title: str) -> str | None:
    """The seniority of every title is unknown."""
    return None


@dataclass(frozen=True)
class Reference:
    """Reference lists the rules look things up in."""

    free_mail: frozenset[str] = frozenset()
    role_addresses: frozenset[str] = frozenset()
    internal_domains: frozenset[str] = frozenset()
    competitor_domains: frozenset[str] = frozenset()
    seniority: Callable[[str], str | None] = field(default=no_seniority)
