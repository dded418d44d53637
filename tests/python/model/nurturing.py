"""Nurturing, a happening at a time: who is in which track, since when, why, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .consent import register
from .identity import is_empty
from .lifecycle import Timeline
from .sla import BEYOND, touches_of

CONTENT_STAGES = ("lead", "mql", "nurturing")
DEMO_STAGES = ("mql", "sql", "prospect")
TRY_AGAIN_AFTER = {"no_budget": 180, "bad_timing": 90, "no_response": 60, "not_ready": 90}
NEVER_AGAIN = ("wrong_contact", "not_icp")
DUE_WITHIN = {"after_content": 7, "after_demo": 7, "reactivation": 30}

Enrolment = tuple[str, str, str, str, str | None, datetime, datetime, datetime, datetime | None]
"""Lead, track, template, reason, content, enrolled, next try, no longer due, left."""


@dataclass(frozen=True)
class Happening:
    """Something that takes a person into a track, if they stand in one of its stages."""

    track: str
    at: datetime
    reason: str
    stages: tuple[str, ...]
    days: int
    fact_id: str
    content: str | None = None
    is_said_by_rep: bool = False

    @property
    def plainness(self) -> tuple[bool, str, str]:
        """At one instant the least of them is what happened: a rep's own reason, if any."""
        return not self.is_said_by_rep, self.reason, self.fact_id

    @property
    def is_refusal(self) -> bool:
        """Whether a rep says by it that nobody is to try again."""
        return self.is_said_by_rep and self.reason in NEVER_AGAIN

    @property
    def next_try_at(self) -> datetime:
        """By the reason where a rep gave one we know, else by the track."""
        days = TRY_AGAIN_AFTER.get(self.reason) if self.is_said_by_rep else None
        return self.at + timedelta(days=self.days if days is None else days)


def enrolments(timeline: Timeline, as_of: datetime) -> list[Enrolment]:
    """The latest enrolment in each track, by track; none of whom email may not reach."""
    may = {entry.channel: entry.status for entry in register(timeline.person, as_of)}
    if may["email"] != "contactable":
        return []
    language = str(timeline.person.attributes.of_contact("language", as_of) or "")
    tongue = "fr" if language == "fr" or language.startswith("fr-") else "en"
    found = []
    for track in sorted(DUE_WITHIN):
        latest, refused_at = _walk(timeline, track, as_of)
        if latest is None:
            continue
        moved_at = [
            change.changed_at
            for change in timeline.changes
            if change.changed_at > latest.at and change.to_stage not in latest.stages
        ]
        left_at = min([*moved_at[:1], *([] if refused_at is None else [refused_at])], default=None)
        tried_until = latest.next_try_at + timedelta(days=DUE_WITHIN[track])
        found.append(
            (
                *(timeline.lead_id, track, f"{track}.{tongue}", latest.reason, latest.content),
                *(latest.at, latest.next_try_at, tried_until, left_at),
            )
        )
    return found


def _walk(
    timeline: Timeline, track: str, as_of: datetime
) -> tuple[Happening | None, datetime | None]:
    """Through what happened, instant by instant: the last enrolment, and a refusal after it."""
    at_instant: dict[datetime, list[Happening]] = {}
    for one in [
        *_contents(timeline),
        *_demos(timeline),
        *_returns(timeline),
        *_untouched(timeline),
    ]:
        if one.track == track and one.at <= as_of and _stage(timeline, one.at) in one.stages:
            at_instant.setdefault(one.at, []).append(one)
    enrolled: Happening | None = None
    refused_at: datetime | None = None
    for at in sorted(at_instant):
        happening = min(at_instant[at], key=lambda one: one.plainness)
        if not happening.is_refusal:
            enrolled, refused_at = happening, None
        elif refused_at is None:
            refused_at = at
    return enrolled, refused_at


def _stage(timeline: Timeline, at: datetime) -> str | None:
    state = timeline.state_at(at)
    return state.stage if state is not None else None


def _contents(timeline: Timeline) -> list[Happening]:
    titles = {
        event["event_id"]: None
        if is_empty(event.get("content_title"))
        else str(event["content_title"]).strip()
        for event in timeline.person.events
    }
    return [
        Happening(
            *("after_content", signal.at, signal.name, CONTENT_STAGES, 2, signal.fact_id),
            content=titles.get(signal.fact_id),
        )
        for signal in timeline.person.signals
        if signal.name in ("whitepaper_downloaded", "webinar_attended")
    ]


def _demos(timeline: Timeline) -> list[Happening]:
    return [
        Happening("after_demo", one.at, "meeting_held", DEMO_STAGES, 1, one.activity_id)
        for one in timeline.person.activities
        if one.is_a("meeting", "held") and not one.row.get("is_automated")
    ]


def _untouched(timeline: Timeline) -> list[Happening]:
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
            found.append(
                Happening(
                    *("reactivation", episode.left_at, "mql_expired_untouched"),
                    *(("lead", "nurturing"), 60, ""),
                )
            )
    return found


def _returns(timeline: Timeline) -> list[Happening]:
    """Sent back into nurturing, or once more while there; or there by another path."""
    recycled: dict[datetime, list[str | None]] = {}
    for one in timeline.person.activities:  # by instant, then id
        if one.verdict == "recycled":
            recycled.setdefault(one.at, []).append(one.reason)
    said = [
        (at, next((reason for reason in reversed(reasons) if reason), None))
        for at, reasons in recycled.items()
    ]
    found = [
        Happening(
            *("reactivation", at, reason or "recycled_without_reason", ("nurturing",), 90, ""),
            is_said_by_rep=reason is not None,
        )
        for at, reason in said
    ]
    return found + [
        Happening("reactivation", change.changed_at, change.path, ("nurturing",), 90, "")
        for change in timeline.changes
        if change.to_stage == "nurturing" and change.changed_at not in recycled
    ]
