"""One person's facts, gathered from the raw tables and put in order."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from .attributes import Attributes, Companies
from .definitions import Definitions, History, Reference, Row, Version
from .identity import (
    CreditedEvent,
    People,
    credit_events,
    current_email,
    find_people,
    first_landings,
    identified_at,
    in_force,
    is_empty,
    normal_email,
    versions_of,
    visible,
)
from .signals import Activity, Signal, find_signals

OBJECTIONS = ("objection", "opt_out", "erasure")
HAND_RAISE_SPAN = timedelta(days=14)
RECENT_SPAN = timedelta(days=30)
MEETING_FACTS = ("booked", "held", "cancelled", "no_show")
REPLY_EVENTS = ("email_reply", "email_reply_positive")


@dataclass
class Deal:
    """A deal: its versions, and those of the contacts it was given by `deal_contacts`."""

    versions: list[Row]
    people: dict[str, list[Row]]

    def status(self, at: datetime) -> str | None:
        """The status of the version in force."""
        row = in_force(self.versions, at)
        return None if row is None else str(row["status"])

    def holders(self, at: datetime) -> set[str]:
        """Contact ids that hold the deal at an instant."""
        row = in_force(self.versions, at)
        found = set() if row is None or is_empty(row["contact_id"]) else {str(row["contact_id"])}
        for contact, versions in self.people.items():
            link = in_force(versions, at)
            if link is not None and not link.get("is_removed"):
                found.add(contact)
        return found

    @property
    def everybody(self) -> set[str]:
        """Contact ids that ever held it."""
        return {str(row["contact_id"]) for row in self.versions} | set(self.people)

    @property
    def turns_lost(self) -> list[datetime]:
        """Instants at which it turned to `lost`; an edit of a lost deal is none."""
        before = [None] + [row["status"] for row in self.versions]
        return [
            row["updated_at"]
            for row, previous in zip(self.versions, before, strict=False)
            if row["status"] == "lost" and previous != "lost"
        ]

    @property
    def instants(self) -> list[datetime]:
        """Instants at which anything about it changed."""
        links = [row["updated_at"] for versions in self.people.values() for row in versions]
        return [row["updated_at"] for row in self.versions] + links


@dataclass
class Person:
    """The facts of one person."""

    lead_id: str
    contact_ids: set[str]
    identified_at: datetime
    attributes: Attributes
    definitions: Definitions
    events: list[Row]
    activities: list[Activity]
    signals: list[Signal]
    consents: list[Row]
    """Those about channel `all` that decide `opted_out`."""
    all_consents: list[Row]
    words_by_address: list[Row]
    """Closing words given by an address the person had by then, and that is somebody else's now."""
    deals: list[Deal]
    resets: list[datetime]

    def deal_statuses(self, at: datetime, but: Deal | None = None) -> set[str]:
        """Statuses of the deals the person holds at an instant."""
        return {
            str(deal.status(at))
            for deal in self.deals
            if deal is not but and deal.status(at) and deal.holders(at) & self.contact_ids
        }

    def is_lost_for_good(self, deal: Deal, at: datetime) -> bool:
        """Whether the person holds the deal, and no other one that is open or won."""
        holds = bool(deal.holders(at) & self.contact_ids)
        return holds and not self.deal_statuses(at, but=deal) & {"open", "won"}

    def find_resets(self) -> list[datetime]:
        """Instants of resets, each once."""
        found = {activity.at for activity in self.activities if activity.is_reset}
        for deal in self.deals:
            found |= {at for at in deal.turns_lost if self.is_lost_for_good(deal, at)}
        return sorted(found)

    def instants(self, as_of: datetime) -> list[datetime]:
        """Every instant at which anything may change, from identification to `as_of`."""
        found = {self.identified_at} | set(self.attributes.instants) | set(self.resets)
        versions = self.definitions.versions
        found |= {version.effective_from for version in versions}
        for signal in self.signals:
            found |= {*signal.instants, signal.at + HAND_RAISE_SPAN, signal.at + RECENT_SPAN}
        for event in self.events:
            found |= {event["occurred_at"], event["occurred_at"] + RECENT_SPAN}
        for activity in self.activities:
            found |= {activity.at, activity.at + RECENT_SPAN}
            if activity.is_a("meeting", "booked"):
                found |= {booking_lapses(activity, version) for version in versions}
        found |= {row["occurred_at"] for row in self.consents}
        for deal in self.deals:
            found |= set(deal.instants)
        return sorted(at for at in found if self.identified_at <= at <= as_of)


def booking_lapses(booking: Activity, version: Version) -> datetime:
    """When a booked meeting no longer counts as booked."""
    scheduled: datetime | None = booking.row.get("scheduled_at")
    if scheduled is not None:
        return scheduled + timedelta(days=version.number("booking_grace_days"))
    return booking.at + timedelta(days=version.number("booking_expires_days"))


def gather(
    history: History, definitions: Definitions, as_of: datetime, reference: Reference
) -> list[Person]:
    """Everybody's facts up to `as_of`; people with an internal address are left out."""
    people = find_people(history, as_of)
    companies = Companies(
        {
            key[0]: rows
            for key, rows in versions_of(history.get("companies", []), "company_id").items()
        }
    )
    events: dict[str, list[CreditedEvent]] = {lead: [] for lead in people.members}
    for event in credit_events(history, people, as_of):
        events[event.lead_id].append(event)
    activities: dict[str, list[Activity]] = {lead: [] for lead in people.members}
    known = history.get("contacts", [])
    for row in first_landings(admitted(history.get("sales_activities", []), known), "activity_id"):
        owner = people.find(row["contact_id"], None)
        if owner is not None and row["occurred_at"] <= as_of:
            is_reset = row.get("verdict") == "recycled"
            activities[owner].append(
                Activity(row, row["occurred_at"], row["activity_id"], is_reset)
            )
    consents: dict[str, list[Row]] = {lead: [] for lead in people.members}
    said = first_landings(admitted(history.get("consents", []), known), "consent_id")
    for row in said:
        owner = people.find(row.get("contact_id"), row.get("email"))
        if owner is not None and row["occurred_at"] <= as_of:
            consents[owner].append(row)
    deals = find_deals(history, people)
    closing = [row for row in closing_words(history, said) if row["occurred_at"] <= as_of]

    found = []
    for lead, ids in people.members.items():
        consents[lead].sort(key=lambda row: (row["occurred_at"], row["consent_id"]))
        if is_internal(people, ids, as_of, reference):
            continue
        person = Person(
            lead_id=lead,
            contact_ids=set(ids),
            identified_at=identified_at(lead, people, events[lead]),
            attributes=Attributes(
                [people.contacts[contact] for contact in ids], companies, definitions, reference
            ),
            definitions=definitions,
            events=[event.row for event in events[lead]],
            activities=sorted(activities[lead], key=lambda one: (one.at, one.activity_id)),
            signals=[],
            consents=[row for row in consents[lead] if is_about_all(row)],
            all_consents=consents[lead],
            words_by_address=[row for row in closing if is_by_address_of(row, lead, people, as_of)],
            deals=deals.get(lead, []),
            resets=[],
        )
        person.resets = [at for at in person.find_resets() if at <= as_of]
        for activity in person.activities:
            activity.epoch = bisect_right(person.resets, activity.at)
        person.signals = find_signals(definitions, person.events, person.activities, person.resets)
        found.append(person)
    return found


def admitted(rows: list[Row], contacts: list[Row]) -> list[Row]:
    """Those that name somebody known: a row in quarantine takes no other one's place."""
    ids = {row["contact_id"] for row in contacts}
    emails = {_cleaned(row.get("email")) for row in contacts} - {None}
    return [row for row in rows if row["contact_id"] in ids or _cleaned(row.get("email")) in emails]


def _cleaned(email: str | None) -> str | None:
    return None if email is None else email.strip().lower() or None


def closing_words(history: History, consents: list[Row]) -> list[Row]:
    """Objections, opt-outs and erasures; unsubscribing is an opt-out of email."""
    return [row for row in consents if row["kind"] in OBJECTIONS] + [
        {**event, "consent_id": f"event {event['event_id']}", "kind": "opt_out", "channel": "email"}
        for event in first_landings(history.get("events", []), "event_id")
        if event["event_type"] == "unsubscribe"
    ]


def is_by_address_of(word: Row, lead: str, people: People, as_of: datetime) -> bool:
    """Whether a word was given by an address that the person had by then, and no longer owns.

    A word that names a contact who is known is that contact's alone.
    """
    address = normal_email(word.get("email"))
    if address is None or word.get("contact_id") in people.person_of:
        return False
    return people.find(None, address) != lead and any(
        normal_email(version.get("email")) == address
        for contact in people.members[lead]
        for version in visible(people.contacts[contact], min(word["occurred_at"], as_of))
    )


def is_about_all(row: Row) -> bool:
    """Whether a consent fact decides `opted_out`: one about channel `all`, or an erasure."""
    if row["kind"] == "erasure":
        return True
    is_all = is_empty(row.get("channel")) or row["channel"] == "all"
    return is_all and row["kind"] in (*OBJECTIONS, "opt_in")


def is_internal(people: People, ids: list[str], as_of: datetime, reference: Reference) -> bool:
    """Whether a current address of the person is of an internal or test domain."""
    emails = [current_email(people.contacts[contact], as_of) for contact in ids]
    return any(
        email is not None and email.rpartition("@")[2] in reference.internal_domains
        for email in emails
    )


def find_deals(history: History, people: People) -> dict[str, list[Deal]]:
    """Deals by the people who ever held them."""
    links: dict[str, dict[str, list[Row]]] = {}
    for key, rows in versions_of(history.get("deal_contacts", []), "deal_id", "contact_id").items():
        links.setdefault(key[0], {})[key[1]] = rows
    found: dict[str, list[Deal]] = {}
    for key, rows in versions_of(history.get("deals", []), "deal_id").items():
        deal = Deal(rows, links.get(key[0], {}))
        holders = {people.person_of.get(contact) for contact in deal.everybody}
        for lead in holders - {None}:
            found.setdefault(str(lead), []).append(deal)
    return found
