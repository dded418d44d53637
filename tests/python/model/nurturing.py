"""Nurturing, a happening at a time: who is in which track, since when, why, until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from .consent import register
from .identity import is_empty
from .lifecycle import Timeline
from .sla import BEYOND, touches_of

CONTENT_STAGES = ("lead", "mql", "nurturing")
DEMO_STAGES = ("mql", "sql", "prospect")
TRY_AGAIN_AFTER = {"no_budget": 180, "bad_timing": 90, "no_response": 60, "not_ready": 90}

Enrolment = tuple[str, str, str, str, datetime, datetime, datetime | None]
"""Lead, track, template, reason, enrolled, next try, left."""


def enrolments(timeline: Timeline, as_of: datetime) -> list[Enrolment]:
    """The latest enrolment in each track, by track; none of whom email may not reach."""
    may = {entry.channel: entry.status for entry in register(timeline.person, as_of)}
    if may["email"] != "contactable":
        return []
    language = str(timeline.person.attributes.of_contact("language", as_of) or "")
    tongue = "fr" if language == "fr" or language.startswith("fr-") else "en"
    tracks = {
        "after_content": (_contents(timeline), CONTENT_STAGES, 2),
        "after_demo": (_demos(timeline), DEMO_STAGES, 1),
        "reactivation": (_returns(timeline), ("nurturing",), 90),
        "reactivation untouched": (_untouched(timeline), ("lead", "nurturing"), 60),
    }
    latest_of: dict[str, Enrolment] = {}
    for track, (triggers, stages, days) in tracks.items():
        entered = [
            (at, reason)
            for at, reason in triggers
            if _stage(timeline, at) in stages and at <= as_of
        ]
        if not entered:
            continue
        latest = max(at for at, _ in entered)
        reason = min(reason for at, reason in entered if at == latest)
        left = next(
            (
                change.changed_at
                for change in timeline.changes
                if change.changed_at > latest and change.to_stage not in stages
            ),
            None,
        )
        wait = timedelta(days=TRY_AGAIN_AFTER.get(reason, days))
        name = track.partition(" ")[0]
        row = (timeline.lead_id, name, f"{name}.{tongue}", reason, latest, latest + wait, left)
        known = latest_of.get(name)
        if known is None or (latest, known[3]) > (known[4], reason):
            latest_of[name] = row
    return [latest_of[name] for name in sorted(latest_of)]


def _stage(timeline: Timeline, at: datetime) -> str | None:
    state = timeline.state_at(at)
    return state.stage if state is not None else None


def _contents(timeline: Timeline) -> list[tuple[datetime, str]]:
    return [
        (signal.at, signal.name)
        for signal in timeline.person.signals
        if signal.name in ("whitepaper_downloaded", "webinar_attended")
    ]


def _demos(timeline: Timeline) -> list[tuple[datetime, str]]:
    return [
        (one.at, "meeting_held")
        for one in timeline.person.activities
        if one.is_a("meeting", "held") and not one.row.get("is_automated")
    ]


def _untouched(timeline: Timeline) -> list[tuple[datetime, str]]:
    found = []
    for episode in timeline.episodes:
        if episode.left_at is None or _stage(timeline, episode.left_at) in BEYOND:
            continue
        touches = [
            one.at
            for one in touches_of(timeline)
            if episode.entered_at <= one.at <= episode.left_at
        ]
        if not touches:
            found.append((episode.left_at, "mql_expired_untouched"))
    return found


def _returns(timeline: Timeline) -> list[tuple[datetime, str]]:
    found = []
    for change in timeline.changes:
        if change.to_stage != "nurturing":
            continue
        verdicts = [
            one.row
            for one in timeline.person.activities
            if one.at == change.changed_at and one.row.get("verdict") == "recycled"
        ]
        reasons = [str(row["reason"]) for row in verdicts if not is_empty(row.get("reason"))]
        reason = min(reasons, default="recycled_without_reason") if verdicts else change.path
        found.append((change.changed_at, reason))
    return found
