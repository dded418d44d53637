"""The consent register of page and law, a row at a time: what may reach whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .definitions import Row
from .identity import is_empty, normal_email
from .person import OBJECTIONS, Person

CHANNELS = ("email", "phone", "postal", "all")
SIGNS_OF_LIFE = (
    *("newsletter_signup", "whitepaper_download", "webinar_registered", "webinar_attended"),
    *("demo_request", "quote_request", "contact_sales", "page_view", "email_click"),
    *("email_reply", "email_reply_positive", "email_reply_negative", "proposal_requested"),
    *("pricing_question", "form_submission", "call_answered", "meeting_booked", "meeting_held"),
    *("email_replied", "linkedin_replied"),
)
DEFAULT_BASES = dict.fromkeys(
    [
        *("website", "webinar", "event", "referral", "partner", "organic", "paid_search"),
        *("social", "linkedin", "outbound"),
    ],
    "legitimate_interest",
)
YEARS_OF_SILENCE = 3


@dataclass(frozen=True)
class Entry:
    """What is on record for a person and a channel."""

    channel: str
    status: str
    legal_basis: str | None
    proof_id: str | None
    informed_at: datetime | None
    objected_at: datetime | None
    lifted_at: datetime | None
    objection_kind: str | None
    objection_id: str | None
    is_by_former_address: bool


def register(person: Person, as_of: datetime) -> list[Entry]:
    """The entries of one person, by channel."""
    words = [_fact(row) for row in person.all_consents]
    words += [
        {
            **_word(row),
            "kind": "objection" if row["kind"] == "erasure" else row["kind"],
            "is_by_former_address": True,
        }
        for row in person.words_by_address
    ]
    words += [
        {
            "consent_id": f"event {event['event_id']}",
            "occurred_at": event["occurred_at"],
            "kind": "opt_out",
            "channel": "email",
        }
        for event in person.events
        if event["event_type"] == "unsubscribe"
    ]
    words.sort(key=lambda row: (row["occurred_at"], row["consent_id"]))
    return [_entry(person, channel, words, as_of) for channel in sorted(CHANNELS)]


def _fact(row: Row) -> Row:
    is_about_all = is_empty(row.get("channel")) or row["kind"] == "erasure"
    return {**row, "channel": "all" if is_about_all else row["channel"]}


def _word(row: Row) -> Row:
    return {name: _fact(row)[name] for name in ("consent_id", "occurred_at", "kind", "channel")}


def _entry(person: Person, channel: str, facts: list[Row], as_of: datetime) -> Entry:
    word = objected_at = lifted_at = informed_at = basis = proof = None
    closing: Row = {}
    is_erased = False
    for row in facts:
        names_it = row["channel"] in (channel, "all")
        if names_it and row["kind"] in (*OBJECTIONS, "opt_in"):
            word = row["kind"]
            is_erased = is_erased or word == "erasure"
            if word != "opt_in":
                objected_at, closing = row["occurred_at"], row
        if not (names_it or channel == "all"):
            continue
        if row["kind"] == "informed":
            informed_at = row["occurred_at"]
        if not is_empty(row.get("legal_basis")) or row["kind"] == "opt_in":
            basis, proof = row.get("legal_basis") or "consent", row["consent_id"]
    out = "erasure" if is_erased else word if word != "opt_in" else None
    if objected_at is not None and out is None:
        lifted_at = min(
            row["occurred_at"]
            for row in facts
            if row["channel"] in (channel, "all")
            and row["kind"] == "opt_in"
            and row["occurred_at"] >= objected_at
        )
    if basis is None and any(signal.is_hand_raise for signal in person.signals):
        basis = "precontractual"
    if basis is None:
        source = person.attributes.of_contact("lead_source", as_of)
        basis = DEFAULT_BASES.get(str(source).lower())
    is_bounced = channel == "email" and has_bounced(person, as_of)
    return Entry(
        channel,
        _status(out, basis, silence_began(person), as_of, is_bounced=is_bounced),
        *(basis, proof, informed_at, objected_at, lifted_at),
        *(closing.get("kind"), closing.get("consent_id")),
        closing.get("is_by_former_address", False),
    )


def has_bounced(person: Person, as_of: datetime) -> bool:
    """Whether the mailbox the person has now is one that does not exist, as a bounce said."""
    email_at = person.attributes.of_contact
    now = normal_email(email_at("email", as_of))
    return now is not None and any(
        (normal_email(event.get("email")) or normal_email(email_at("email", event["occurred_at"])))
        == now
        for event in person.events
        if event["event_type"] == "hard_bounce"
    )


def _status(
    out: str | None,
    basis: str | None,
    silent_since: datetime,
    as_of: datetime,
    *,
    is_bounced: bool = False,
) -> str:
    if out is not None:
        return {"erasure": "erased", "objection": "objected", "opt_out": "opted_out"}[out]
    if is_bounced:
        return "bounced"
    if basis is None:
        return "no_legal_basis"
    ends = silent_since.replace(year=silent_since.year + YEARS_OF_SILENCE)
    return "silent_too_long" if as_of >= ends else "contactable"


def silence_began(person: Person) -> datetime:
    """The last sign of life, or when the person was identified."""
    signs = [
        event["occurred_at"] for event in person.events if event["event_type"] in SIGNS_OF_LIFE
    ]
    signs += [
        one.at
        for one in person.activities
        if f"{one.row['activity_type']}_{one.row.get('outcome')}" in SIGNS_OF_LIFE
    ]
    return max(signs, default=person.identified_at)
