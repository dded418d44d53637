"""The Monday list of page 3, a rep at a time, and what became of last week's, a lead at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .business_time import DAY
from .consent import register
from .definitions import Row
from .identity import is_empty
from .lifecycle import Timeline
from .person import HAND_RAISE_SPAN
from .sla import PARIS, Reps, owed, touches_of

QUALIFIED = ("mql", "sql", "prospect")
VERDICTS = ("qualified", "accepted", "recycled", "disqualified")
CONTESTING = ("wrong_contact", "not_icp")
CONTEST_SPAN = timedelta(days=30)
TEMPERATURES = ("hot", "warm", "cold")

Listed = tuple[object, ...]
"""Monday, lead, owner, rank, stage, score, grade, temperature, boxes; obligation, status, due;
asked to be called, by email, by phone; three contents, the same as one text, company."""
Feedback = tuple[object, ...]
"""Lead, Monday, owner, handed over as what and when, verdict, reason, when, touches."""


def monday(as_of: datetime, weeks_before: int = 0) -> tuple[date, datetime]:
    """The Monday of a week where the business is, and the instant it begins (naive UTC)."""
    day = as_of.replace(tzinfo=UTC).astimezone(PARIS.zone).date()
    first = day - DAY * (day.weekday() + 7 * weeks_before)
    midnight = datetime.combine(first, datetime.min.time(), PARIS.zone)
    return first, midnight.astimezone(UTC).replace(tzinfo=None)


def weekly_lists(timelines: Iterable[Timeline], as_of: datetime, reps: Reps) -> list[Listed]:
    """Everybody's list, one owner after the other."""
    by_owner: dict[str | None, list[tuple[tuple[Any, ...], Listed]]] = {}
    for timeline in timelines:
        may = {one.channel: one.status == "contactable" for one in register(timeline.person, as_of)}
        if timeline.last.stage not in QUALIFIED or not may["all"]:
            continue
        if not (may["email"] or may["phone"]):
            continue
        state = timeline.last
        obligation, status, due_at = next_obligation(timeline, as_of, reps)
        has_asked = any(
            one.is_hand_raise and one.at <= as_of < one.at + HAND_RAISE_SPAN
            for one in timeline.person.signals
        )
        urgency = {"breached": 0, "at_risk": 1}.get(str(status), 2)
        heat = TEMPERATURES.index(state.temperature)
        order = (urgency, not has_asked, heat, -state.score, timeline.lead_id)
        contents = _last_contents(timeline, as_of)
        shown = (
            *(state.stage, state.score, state.icp_grade, state.temperature, state.boxes_ticked),
            *(obligation, status, due_at, has_asked, may["email"], may["phone"]),
            *(*contents, "; ".join(filter(None, contents)) or None),
            _company_name(timeline, as_of),
        )
        by_owner.setdefault(_owner(timeline, as_of), []).append((order, shown))
    return [
        (monday(as_of)[0], order[-1], owner, rank, *shown)
        for owner, leads in by_owner.items()
        for rank, (order, shown) in enumerate(sorted(leads), start=1)
    ]


def feedback(timeline: Timeline, as_of: datetime) -> Feedback | None:
    """What became of a lead that was handed over last week, or that sales spoke about in it."""
    week, begins_at = monday(as_of, weeks_before=1)
    ends_at = monday(as_of)[1]
    entries = [(episode.entered_at, "mql") for episode in timeline.episodes]
    entries += [
        (change.changed_at, change.to_stage)
        for change in timeline.changes
        if change.to_stage in ("sql", "prospect")
    ]
    entries = sorted(entry for entry in entries if entry[0] < ends_at)
    if not entries:
        return None
    said = [
        one
        for one in timeline.person.activities
        if one.verdict in VERDICTS and begins_at <= one.at < ends_at and one.at >= entries[0][0]
    ]
    last = said[-1] if said else None
    if last is None and entries[-1][0] < begins_at:
        return None
    if last is not None:
        entries = [entry for entry in entries if entry[0] <= last.at]
    handed_over_at, stage = entries[-1]
    touches = [one for one in touches_of(timeline) if handed_over_at <= one.at < ends_at]
    reason = last.reason if last is not None else None
    verdict = "in_progress" if touches else "untouched"
    if last is not None:
        verdict = str(last.verdict)
        mqls = [at for at, entered in entries if entered == "mql"]
        is_contesting = reason in CONTESTING
        is_early = bool(mqls) and last.at < mqls[-1] + CONTEST_SPAN
        if verdict in ("recycled", "disqualified") and is_contesting and is_early:
            verdict = "contested"
    return (
        *(timeline.lead_id, week, _owner(timeline, as_of), stage, handed_over_at, verdict),
        *(reason, last.at if last else None, len(touches)),
    )


def _owner(timeline: Timeline, as_of: datetime) -> str | None:
    owner = timeline.person.attributes.of_contact("owner_id", as_of)
    return None if is_empty(owner) else str(owner)


def next_obligation(
    timeline: Timeline, as_of: datetime, reps: Reps
) -> tuple[object, object, object]:
    """What is owed next, the status of its clock, and when it is or was due."""
    running = [(clock[10], clock[1], clock[2], clock[6]) for clock in owed(timeline, as_of, reps)]
    if not running:
        return None, None, None
    due_at, obligation, _, status = min(running, key=lambda clock: clock[:3])
    return obligation, status, due_at


def _last_contents(timeline: Timeline, as_of: datetime) -> list[str | None]:
    consulted: dict[str, datetime] = {}
    for event in timeline.person.events:
        title, at = event.get("content_title"), event["occurred_at"]
        if not is_empty(title) and at <= as_of:
            consulted[str(title)] = max(at, consulted.get(str(title), at))
    latest = sorted(consulted, key=lambda title: (-consulted[title].timestamp(), title))[:3]
    return [*latest, None, None, None][:3]


def _company_name(timeline: Timeline, as_of: datetime) -> object:
    attributes = timeline.person.attributes
    found: Row | object = attributes.companies.attribute(attributes.company(as_of), "name", as_of)
    return found
