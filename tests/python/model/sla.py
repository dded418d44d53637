"""What is owed to each person by when, and what became of it: an obligation at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.business_calendar import holidays

from .business_time import WORKING_WEEK, Diary, Office
from .definitions import Row
from .identity import is_empty
from .lifecycle import Timeline
from .signals import Activity

PARIS = Office(
    ZoneInfo("Europe/Paris"),
    WORKING_WEEK,
    frozenset(day for day, _ in holidays(range(2006, 2032))),
)
DIARY = Diary(PARIS)
TWO_WAY = (
    *("call_answered", "meeting_held", "email_replied", "linkedin_replied", "email_reply"),
    *("email_reply_positive", "meeting_pricing_discussed", "call_pricing_discussed"),
)
BEYOND = ("customer", "opted_out", "disqualified")
BANDS = ((20, "0-19"), (50, "20-49"), (250, "50-249"), (1000, "250-999"), (5000, "1000-4999"))

Clock = tuple[object, ...]
"""Lead, obligation, start, segment, owner, version, status, attempts, channels; at risk, due,
stopped, minutes late."""


def clocks(timeline: Timeline, as_of: datetime) -> list[Clock]:
    """Every clock of one person, by obligation and start."""
    found = []
    for obligation, started_at in sorted(set(_starts(timeline, as_of))):
        clock = _clock(timeline, obligation, started_at, as_of)
        if clock is not None:
            found.append(clock)
    return found


def _starts(timeline: Timeline, as_of: datetime) -> list[tuple[str, datetime]]:
    found = [
        ("hand_raise_response", signal.at)
        for signal in timeline.person.signals
        if signal.is_hand_raise and signal.at <= as_of
    ]
    episodes = sorted(episode.entered_at for episode in timeline.episodes)
    for number, entered_at in enumerate(episodes):
        found += [("mql_first_contact", entered_at), ("mql_attempts", entered_at)]
        until = episodes[number + 1] if number + 1 < len(episodes) else datetime.max
        contacts = [at for at in _two_way(timeline, as_of) if entered_at <= at < until]
        if contacts:
            found.append(("mql_verdict", min(contacts)))
    found += [
        ("sql_acceptance", change.changed_at)
        for change in timeline.changes
        if change.to_stage == "sql"
    ]
    was_hot = False
    for state in timeline.states:
        is_hot = state.stage == "prospect" and state.temperature == "hot"
        if is_hot and not was_hot:
            found.append(("hot_prospect_followup", state.instant))
        was_hot = is_hot
    return found


def _two_way(timeline: Timeline, as_of: datetime) -> list[datetime]:
    found = [
        event["occurred_at"] for event in timeline.person.events if event["event_type"] in TWO_WAY
    ]
    found += [
        one.at
        for one in timeline.person.activities
        if f"{one.row['activity_type']}_{one.outcome}" in TWO_WAY
    ]
    return sorted(at for at in found if at <= as_of)


def touches_of(timeline: Timeline) -> list[Activity]:
    """What humans did to reach the person."""
    return [
        one
        for one in timeline.person.activities
        if one.row.get("direction") == "outbound"
        and one.row["activity_type"] in ("call", "email", "linkedin", "meeting")
        and not one.row.get("is_automated")
    ]


def _policy(timeline: Timeline, obligation: str, at: datetime) -> tuple[Row, str] | None:
    person = timeline.person
    version = person.definitions.in_force(at)
    count = person.attributes.companies.attribute(
        person.attributes.company(at), "employee_count", at
    )
    band = None
    if not is_empty(count):
        band = next((name for below, name in BANDS if float(count) < below), "5000+")
    rows = [
        row
        for row in person.definitions.tables["sla_policies"]
        if row["definition_version"] == version.name and row["obligation"] == obligation
    ]
    for segment in (band, "*"):
        for row in rows:
            if row["segment"] == segment:
                return row, version.name
    return None


def _stop(
    timeline: Timeline, obligation: str, started_at: datetime, policy: Row, as_of: datetime
) -> datetime | None:
    touches = [one for one in touches_of(timeline) if one.at >= started_at]
    if obligation in ("hand_raise_response", "mql_first_contact", "hot_prospect_followup"):
        return touches[0].at if touches else None
    if obligation == "mql_attempts":
        instants = [at for at in _two_way(timeline, as_of) if at >= started_at][:1]
        for count in range(1, len(touches) + 1):
            channels = {one.row["activity_type"] for one in touches[:count]}
            enough = count >= int(policy["min_attempts"])
            if enough and len(channels) >= int(policy["min_channels"]):
                instants.append(touches[count - 1].at)
                break
        return min(instants, default=None)
    ending = "qualified" if obligation == "mql_verdict" else "accepted"
    return next(
        (
            one.at
            for one in timeline.person.activities
            if one.at >= started_at
            and (
                one.verdict == ending
                or (
                    one.verdict in ("recycled", "disqualified")
                    and not is_empty(one.row.get("reason"))
                )
            )
        ),
        None,
    )


def _void(timeline: Timeline, started_at: datetime) -> datetime | None:
    state = timeline.state_at(started_at)
    if state is not None and state.stage in BEYOND:
        return started_at
    return next(
        (
            change.changed_at
            for change in timeline.changes
            if change.changed_at > started_at and change.to_stage in BEYOND
        ),
        None,
    )


def _clock(
    timeline: Timeline, obligation: str, started_at: datetime, as_of: datetime
) -> Clock | None:
    agreed = _policy(timeline, obligation, started_at)
    if agreed is None:
        return None
    policy, version = agreed
    allowed = timedelta(minutes=int(policy["business_minutes"]))
    due_at = DIARY.after(started_at, allowed)
    at_risk_at = DIARY.after(started_at, allowed * 4 / 5)
    stopped_at = _stop(timeline, obligation, started_at, policy, as_of)
    void_at = _void(timeline, started_at)
    ends = [at for at in (stopped_at, void_at) if at is not None]
    ended_at = min(ends) if ends else None
    until = ended_at or as_of
    used = DIARY.between(started_at, until)
    if stopped_at is not None and stopped_at == ended_at and stopped_at <= due_at:
        status = "met"
    elif void_at is not None and void_at <= due_at:
        status = "void"
    elif stopped_at is not None or as_of >= due_at:
        status = "breached"
    else:
        status = "at_risk" if used >= allowed * 4 / 5 else "open"
    touches = [one for one in touches_of(timeline) if started_at <= one.at <= until]
    late = max(used - allowed, timedelta(0)) / timedelta(minutes=1) if ended_at else None
    owner = timeline.person.attributes.of_contact("owner_id", started_at)
    return (
        *(timeline.lead_id, obligation, started_at, policy["segment"], owner, version, status),
        *(len(touches), len({one.row["activity_type"] for one in touches})),
        *(at_risk_at, due_at, ended_at, late),
    )
