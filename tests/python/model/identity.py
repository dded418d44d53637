"""From raw records to people: who is the same person, and whose is an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .definitions import History, Row


def is_empty(value: Any) -> bool:
    """Whether a raw field says nothing."""
    return value is None or (isinstance(value, str) and value.strip() == "")


def normal_email(text: str | None) -> str | None:
    """The address trimmed and lower-cased, or None if it is not one."""
    if text is None:
        return None
    email = text.strip().lower()
    local, at, domain = email.rpartition("@")
    has_inner_dot = "." in domain[1:-1]
    return email if local and at and has_inner_dot else None


def versions_of(rows: list[Row], *key: str) -> dict[tuple[Any, ...], list[Row]]:
    """The versions of each record by `updated_at`; of equal ones the last to land holds."""
    found: dict[tuple[Any, ...], dict[datetime, Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in key), {})[row["updated_at"]] = row
    return {
        record: [by_instant[instant] for instant in sorted(by_instant)]
        for record, by_instant in found.items()
    }


def visible(versions: list[Row], at: datetime) -> list[Row]:
    """Versions that hold or held at an instant; the first one always did."""
    return versions[:1] + [row for row in versions[1:] if row["updated_at"] <= at]


def in_force(versions: list[Row], at: datetime) -> Row | None:
    """The latest version written at or before an instant (deals: no looking ahead)."""
    written = [row for row in versions if row["updated_at"] <= at]
    return written[-1] if written else None


def first_landings(rows: list[Row], key: str) -> list[Row]:
    """Events, activities and consents: the first landing of an id wins."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row[key], row)
    return list(found.values())


@dataclass
class People:
    """Who everybody is, as known at `as_of`."""

    contacts: dict[str, list[Row]]
    """Versions of each contact that exists."""
    person_of: dict[str, str]
    """contact_id -> lead_id."""
    members: dict[str, list[str]]
    """lead_id -> contact ids."""
    current: dict[str, str] = field(default_factory=dict)
    """An email that is somebody's current one -> lead_id."""
    earlier: dict[str, str] = field(default_factory=dict)
    """An email that somebody had earlier -> lead_id."""

    def find(self, contact_id: str | None, email: str | None) -> str | None:
        """The person a record names: by a known contact id, else by the email."""
        if contact_id is not None and contact_id in self.person_of:
            return self.person_of[contact_id]
        address = normal_email(email)
        if address is None:
            return None
        return self.current.get(address, self.earlier.get(address))


def current_email(versions: list[Row], as_of: datetime) -> str | None:
    """The latest non-empty email of a contact, or None if that one is not an address."""
    texts = [row["email"] for row in visible(versions, as_of) if not is_empty(row.get("email"))]
    return normal_email(texts[-1]) if texts else None


def find_people(history: History, as_of: datetime) -> People:
    """Group contacts by current email and by merges, transitively."""
    contacts = {
        key[0]: versions
        for key, versions in versions_of(history.get("contacts", []), "contact_id").items()
        if versions[0]["created_at"] <= as_of
    }
    emails = {contact: current_email(versions, as_of) for contact, versions in contacts.items()}
    merged: dict[str, str] = {}
    for contact, versions in contacts.items():
        named = [str(row.get("merged_into_contact_id") or "") for row in visible(versions, as_of)]
        target = next((one for one in reversed(named) if one), "")
        if target != contact and target in contacts:
            merged[contact] = target

    group = {contact: contact for contact in contacts}

    def root(contact: str) -> str:
        while group[contact] != contact:
            contact = group[contact]
        return contact

    for contact, target in merged.items():
        group[root(contact)] = root(target)
    holder: dict[str, str] = {}
    for contact, email in emails.items():
        if email is not None:
            group[root(contact)] = root(holder.setdefault(email, contact))

    groups: dict[str, list[str]] = {}
    for contact in contacts:
        groups.setdefault(root(contact), []).append(contact)

    def age(contact: str) -> tuple[datetime, str]:
        return contacts[contact][0]["created_at"], contact

    members: dict[str, list[str]] = {}
    for group_contacts in groups.values():
        roots = [contact for contact in group_contacts if contact not in merged]
        members[min(roots or group_contacts, key=age)] = sorted(group_contacts)
    person_of = {contact: lead for lead, ids in members.items() for contact in ids}
    current = {email: person_of[contact] for contact, email in emails.items() if email}

    had: dict[str, tuple[datetime, str]] = {}
    for contact in sorted(contacts, reverse=True):
        for row in visible(contacts[contact], as_of):
            email = normal_email(row.get("email"))
            if email and (email not in had or row["updated_at"] >= had[email][0]):
                had[email] = (row["updated_at"], contact)
    earlier = {email: person_of[contact] for email, (_, contact) in had.items()}
    return People(contacts, person_of, members, current, earlier)


@dataclass(frozen=True)
class CreditedEvent:
    """An event and the person it belongs to."""

    row: Row
    lead_id: str
    is_identifying: bool


def credit_events(history: History, people: People, as_of: datetime) -> list[CreditedEvent]:
    """Give each event to the person it names, or stitch it through its `anonymous_id`."""
    events = [
        row
        for row in first_landings(history.get("events", []), "event_id")
        if row["occurred_at"] <= as_of
    ]
    credited: list[CreditedEvent] = []
    identifications: dict[str, list[tuple[datetime, str, str]]] = {}
    nameless: list[Row] = []
    for row in events:
        if is_empty(row.get("contact_id")) and is_empty(row.get("email")):
            nameless.append(row)
            continue
        lead = people.find(row.get("contact_id"), row.get("email"))
        if lead is None:
            continue
        credited.append(CreditedEvent(row, lead, True))
        if not is_empty(row.get("anonymous_id")):
            identifications.setdefault(row["anonymous_id"], []).append(
                (row["occurred_at"], row["event_id"], lead)
            )
    for row in nameless:
        known = sorted(identifications.get(row.get("anonymous_id") or "", []))
        if not known:
            continue
        before = [one for one in known if one[0] <= row["occurred_at"]]
        credited.append(CreditedEvent(row, (before[-1] if before else known[0])[2], False))
    return credited


def identified_at(lead: str, people: People, events: list[CreditedEvent]) -> datetime:
    """The earliest of: a contact created, the first event that names the person."""
    instants: list[datetime] = [
        people.contacts[contact][0]["created_at"] for contact in people.members[lead]
    ]
    instants += [event.row["occurred_at"] for event in events if event.is_identifying]
    return min(instants)
