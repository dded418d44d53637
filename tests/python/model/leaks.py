"""What slips away, a person at a time: the leaks and since when."""

from __future__ import annotations

from datetime import datetime, timedelta

from .consent import register
from .identity import is_empty
from .lifecycle import Timeline
from .sla import owed

OWED = {
    "hand_raise_response": "hand_raise_unanswered",
    "hot_prospect_followup": "hot_prospect_forgotten",
    "mql_first_contact": "mql_untouched",
    "sql_acceptance": "sql_unanswered",
}
STALE_AFTER = timedelta(days=30)
CLOSED_BY = {"call": "phone", "email": "email"}

Leak = tuple[str, str, datetime]
"""Lead, leak, since when."""


def leaks(timeline: Timeline, as_of: datetime) -> list[Leak]:
    """What slips away about one person, deals apart."""
    found = [*_past_due(timeline, as_of)]
    last = timeline.last
    if last.stage is not None:
        since = timeline.changes[-1].changed_at
        owner = timeline.person.attributes.of_contact("owner_id", as_of)
        is_good_mql = last.stage == "mql" and last.icp_grade in ("A", "B")
        if is_empty(owner) and (last.stage in ("sql", "prospect") or is_good_mql):
            found.append(("qualified_without_owner", since))
        if last.stage == "prospect":
            stale_at = _last_word(timeline, since) + STALE_AFTER
            if stale_at <= as_of:
                found.append(("prospect_stale", stale_at))
    found += _contacted(timeline, as_of)
    return sorted((timeline.lead_id, *leak) for leak in found)


def _past_due(timeline: Timeline, as_of: datetime) -> list[tuple[str, datetime]]:
    since: dict[str, datetime] = {}
    for clock in owed(timeline, as_of):
        obligation, status, due_at = clock[1], clock[6], clock[10]
        leak = OWED.get(str(obligation))
        if leak and status == "breached":
            assert isinstance(due_at, datetime)
            since[leak] = min(due_at, since.get(leak, due_at))
    return list(since.items())


def _last_word(timeline: Timeline, since: datetime) -> datetime:
    signals = [one.at for one in timeline.person.signals if one.category != "negative"]
    activities = [one.at for one in timeline.person.activities if not one.row.get("is_automated")]
    return max([since, *signals, *activities])


def _contacted(timeline: Timeline, as_of: datetime) -> list[tuple[str, datetime]]:
    objected = {
        entry.channel: entry.objected_at
        for entry in register(timeline.person, as_of)
        if entry.status in ("erased", "objected", "opted_out")
    }
    contacts = []
    for one in timeline.person.activities:
        kind = str(one.row["activity_type"])
        at = objected.get(CLOSED_BY.get(kind, "all"))
        is_contact = kind in ("call", "email", "linkedin", "meeting")
        if is_contact and one.row.get("direction") == "outbound" and at is not None and one.at > at:
            contacts.append(one.at)
    return [("objector_contacted", min(contacts))] if contacts else []
