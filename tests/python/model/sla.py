"""What is owed to each person by when, and what became of it: an obligation at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.business_calendar import holidays

from .business_time import DAY, WORKING_WEEK, Diary, Office
from .definitions import Definitions, Row, TextRow, Version
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

PRESSING = timedelta(days=30)

Clock = tuple[object, ...]
"""Lead, obligation, start, segment, owner, version, status, attempts, channels; at risk, due,
stopped, minutes late; owed by, escalated to, manager, minutes used and elapsed, voided,
owed now."""
Reps = dict[str, list[Row]]
"""Versions of each rep, earliest first."""


def clocks(timeline: Timeline, as_of: datetime, reps: Reps | None = None) -> list[Clock]:
    """Every clock of one person, by obligation and start."""
    found = []
    for obligation, started_at in sorted(set(_starts(timeline, as_of))):
        clock = _clock(timeline, obligation, started_at, as_of, reps or {})
        if clock is not None:
            found.append(clock)
    return found


def owed(timeline: Timeline, as_of: datetime, reps: Reps | None = None) -> list[Clock]:
    """The running clocks of what is still to be done, as the person stands now."""
    return [clock for clock in clocks(timeline, as_of, reps) if clock[-1]]


def _still_holds(timeline: Timeline, obligation: str, started_at: datetime) -> bool:
    last = timeline.last
    if obligation == "hand_raise_response":
        # whoever asked in this epoch is called, unless sales is done with them
        raised = [
            max(one.at, timeline.identified_at)
            for one in timeline.person.signals
            if one.is_hand_raise and one.epoch == last.epoch and not one.is_of_reset
        ]
        return started_at in raised and last.stage not in (*BEYOND, "nurturing")
    if obligation in ("mql_first_contact", "mql_attempts", "mql_verdict"):
        # the episode lasts, and nobody in sales has taken the lead on
        is_open = bool(timeline.episodes) and timeline.episodes[-1].left_at is None
        is_waiting = last.stage == "mql" or last.is_call_recommended
        return is_open and started_at >= timeline.episodes[-1].entered_at and is_waiting
    if obligation == "sql_acceptance":
        return last.stage == "sql" and started_at >= timeline.changes[-1].changed_at
    since = None
    for state in reversed(timeline.states):
        if (state.stage, state.temperature) != ("prospect", "hot"):
            break
        since = state.instant
    return obligation == "hot_prospect_followup" and since is not None and started_at >= since


def _starts(timeline: Timeline, as_of: datetime) -> list[tuple[str, datetime]]:
    found = [
        ("hand_raise_response", max(signal.at, timeline.identified_at))
        for signal in timeline.person.signals
        if signal.is_hand_raise and max(signal.at, timeline.identified_at) <= as_of
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
        and not one.row.get("is_automated")
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


def size_band(timeline: Timeline, at: datetime) -> str | None:
    """How big the person's company was."""
    attributes = timeline.person.attributes
    count = attributes.companies.attribute(attributes.company(at), "employee_count", at)
    if is_empty(count):
        return None
    return next((name for below, name in BANDS if float(count) < below), "5000+")


def policies(definitions: Definitions, version: Version, obligation: str) -> list[TextRow]:
    """What a version asks for, by segment."""
    return [
        row
        for row in definitions.tables["sla_policies"]
        if row["definition_version"] == version.name and row["obligation"] == obligation
    ]


def _policy(timeline: Timeline, obligation: str, at: datetime) -> tuple[TextRow, Version] | None:
    definitions = timeline.person.definitions
    version = definitions.in_force(at)
    for segment in (size_band(timeline, at), "*"):
        for row in policies(definitions, version, obligation):
            if row["segment"] == segment:
                return row, version
    return None


def _manager(reps: Reps, owner: str | None, at: datetime) -> str | None:
    versions = reps.get(owner or "", [])
    known = [row for row in versions if row["updated_at"] <= at] or versions[:1]
    return known[-1]["manager_id"] if known else None


def _answers(timeline: Timeline, obligation: str, started_at: datetime) -> list[Activity]:
    is_next = obligation == "hot_prospect_followup"
    return [
        one
        for one in touches_of(timeline)
        if one.at > started_at or (one.at == started_at and not is_next)
    ]


def _stop(
    timeline: Timeline, obligation: str, started_at: datetime, policy: TextRow, as_of: datetime
) -> datetime | None:
    touches = _answers(timeline, obligation, started_at)
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
    timeline: Timeline, obligation: str, started_at: datetime, as_of: datetime, reps: Reps
) -> Clock | None:
    agreed = _policy(timeline, obligation, started_at)
    if agreed is None:
        return None
    policy, version = agreed
    allowed = timedelta(minutes=int(policy["business_minutes"]))
    due_at = DIARY.after(started_at, allowed)
    at_risk_at = DIARY.after(started_at, risky(allowed, version))
    stopped_at = _stop(timeline, obligation, started_at, policy, as_of)
    void_at = _void(timeline, started_at)
    ends = [at for at in (stopped_at, void_at) if at is not None]
    ended_at = min(ends) if ends else None
    until = ended_at or as_of
    used = DIARY.between(started_at, until)
    if stopped_at is not None and stopped_at == ended_at and stopped_at <= due_at:
        status = "met"
    elif void_at is not None and void_at < due_at:
        status = "void"
    elif stopped_at is not None or as_of >= due_at:
        status = "breached"
    else:
        status = "at_risk" if used >= risky(allowed, version) else "open"
    touches = [one for one in _answers(timeline, obligation, started_at) if one.at <= until]
    late = max(used - allowed, timedelta(0)) if ended_at else None
    elapsed = ended_at - started_at if ended_at else None
    owner = timeline.person.attributes.of_contact("owner_id", started_at)
    return (
        *(timeline.lead_id, obligation, started_at, policy["segment"], owner, version.name, status),
        *(len(touches), len({one.row["activity_type"] for one in touches})),
        *(at_risk_at, due_at, ended_at, _minutes(late)),
        *(policy["owed_by"], policy["escalate_to"], _manager(reps, owner, started_at)),
        *(_minutes(used if ended_at else None), _minutes(elapsed)),
        void_at if void_at is not None and ended_at != stopped_at else None,
        ended_at is None and _still_holds(timeline, obligation, started_at),
    )


def risky(allowed: timedelta, version: Version) -> timedelta:
    """The part of its time by which an obligation is at risk."""
    return -(-(allowed * version.number("sla_at_risk_percent")) // 100)


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else span / timedelta(minutes=1)


def volumes(
    timelines: Iterable[Timeline], definitions: Definitions, as_of: datetime
) -> list[Clock]:
    """What marketing owed each month: month, segment, version, status, delivered; at risk, due,
    stopped, minutes used, owed now."""
    delivered = sorted(
        (episode.entered_at, timeline.lead_id, state.icp_grade, size_band(timeline, state.instant))
        for timeline in timelines
        for episode in timeline.episodes
        if (state := timeline.state_at(episode.entered_at)) is not None
    )
    found: list[Clock] = []
    month = delivered[0][0].date().replace(day=1) if delivered else as_of.date() + DAY
    while (start := datetime(month.year, month.month, 1)) <= as_of:
        month = (month + 31 * DAY).replace(day=1)
        due = datetime(month.year, month.month, 1)
        version = definitions.in_force(start)
        for policy in policies(definitions, version, "marketing_volume"):
            entries = [
                at
                for at, _, grade, band in delivered
                if start <= at < due and grade in ("A", "B") and policy["segment"] in ("*", band)
            ]
            owed = int(policy["min_attempts"])
            stopped = entries[owed - 1] if len(entries) >= owed else None
            at_risk = DIARY.after(start, risky(DIARY.between(start, due), version))
            status = "at_risk" if as_of >= at_risk else "open"
            status = "met" if stopped else "breached" if as_of >= due else status
            used = DIARY.between(start, stopped) if stopped else None
            found.append(
                (
                    *(start, policy["segment"], version.name, status, len(entries)),
                    *(at_risk, due, stopped, _minutes(used), stopped is None),
                )
            )
    return found


def findings(timeline: Timeline) -> list[tuple[str, datetime]]:
    """Episodes that ended untouched, and touches that press a cold prospect."""
    touches = [one.at for one in touches_of(timeline)]
    found = []
    for episode in timeline.episodes:
        left = timeline.state_at(episode.left_at) if episode.left_at else None
        if episode.left_at is None or left is None or left.stage in BEYOND:
            continue
        if not any(episode.entered_at <= at <= episode.left_at for at in touches):
            found.append(("mql_expired_untouched", episode.left_at))
    for at in touches:
        state = timeline.state_at(at)
        if state is None or (state.stage, state.temperature) != ("prospect", "cold"):
            continue
        most = timeline.person.definitions.in_force(at).number("cold_prospect_max_touches")
        if sum(at - PRESSING < other <= at for other in touches) > most:
            found.append(("cold_prospect_pressed", at))
    return found
