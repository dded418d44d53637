"""Three values of each property: what the mart says, what we last told, what the CRM holds now.

If the CRM's value is neither what we last told (nor what the CRM made of it, nor what we sent since
and heard nothing of) nor what we want, somebody edited it there. Then the property's policy
decides. Pure functions; no CRM is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestration.crm.destination import Change, Found
from orchestration.crm.mapping import Property, PropertyType
from orchestration.erasure.raw_rows import ERASED


@dataclass(frozen=True)
class Conflict:
    """A property that somebody edited in the CRM, and that we wanted to say otherwise."""

    property: str
    policy: str
    wanted: str
    told: str | None
    found: str


@dataclass(frozen=True)
class Decision:
    """What to do about one record: which properties to send, and which conflicts there are."""

    send: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    """What the CRM holds now, for the properties to send."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """Properties that the CRM holds already as we want them."""
    conflicts: tuple[Conflict, ...] = ()


def decide(change: Change, found: Found, properties: Mapping[str, Property]) -> Decision:
    """Which of a change's properties may be sent, given what the CRM holds now."""
    send, before, settled = {}, {}, {}
    conflicts = []
    for name, wanted in change.properties.items():
        each, now = properties[name], found.values.get(name) or ""
        told, echo = change.before.get(name), change.echo.get(name)
        if is_same(each.type, now, wanted):
            settled[name] = wanted
            continue
        is_edited = told != ERASED and not any(
            is_same(each.type, now, ours)
            for ours in (told or "", echo, *change.ours.get(name, ()))
            if ours is not None
        )
        policy = _policy(each, wanted)
        is_in_the_way = policy == "rep_wins" or (policy == "fill_empty" and now != "")
        if is_edited and is_in_the_way:
            conflicts.append(Conflict(name, policy, wanted, told, now))
        elif policy != "fill_empty" or not now:
            send[name], before[name] = wanted, now
    return Decision(send, before, settled, tuple(conflicts))


def _policy(each: Property, wanted: str) -> str:
    """Nobody in the CRM lifts an objection of ours; and we lift none that was made there."""
    return "rep_wins" if each.closes and wanted != "true" else each.on_edit()


def is_same(kind: PropertyType, one: str, other: str) -> bool:
    """Whether two texts are one value: CRMs write numbers, instants and booleans their own way."""
    if one == other:
        return True
    if kind == "bool":  # a box nobody ticked is not ticked
        return (one.strip().lower() or "false") == (other.strip().lower() or "false")
    if not one or not other:
        return False
    if kind == "number":
        return _number(one) == _number(other)
    if kind == "datetime":
        return _instant(one) == _instant(other)
    return one.strip() == other.strip()


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _instant(text: str) -> datetime | str:
    """An instant in ISO 8601 or in milliseconds since 1970."""
    try:
        if text.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        return text
    return found if found.tzinfo else found.replace(tzinfo=UTC)
