"""Random events, sales activities and consents of one small group of contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .definitions import Row
from .drawing import Draw, T

START = datetime(2025, 9, 1)
"""A Monday."""
SPAN_DAYS = 300
AS_OF = START + timedelta(days=SPAN_DAYS)
"""A sensible `as_of`: a few facts come later still."""

OFFSET_DAYS = [0, 0, 0, 0, 0, 7, 30, 14, 60, 1, 2, 3, 5, 90, 180, 29, 31, 15, 6, 8]
HOURS = [0, 0, 0, 0, 0, 6, 12, 18]
SECONDS = [0] * 14 + [-1, 1]

# A row and its duplicates: the same id, landing one after the other.
Fact = tuple[str, list[Row]]


@dataclass(frozen=True)
class Options:
    """What a random history contains. The last group is off: the page leaves it open.

    `DECISIONS.md` says how it is read, and SQL and the model are compared with all of it on.
    """

    late_first_deals: bool = True
    """Deals whose first version was written after the deal was created."""
    company_domain_changes: bool = True
    """Companies that change their domain."""
    early_activities: bool = True
    """Activities, consents and deals dated before their contact was created."""
    erasures: bool = True
    """Consents of kind `erasure` (a loader may empty the person's fields for them)."""
    merges: bool = True
    """Contacts merged into others: chains and cycles too."""

    early_qualifications: bool = False
    """Full qualifications dated before their contact was created."""
    shared_past_emails: bool = False
    """Emails that several contacts had once and nobody has now."""
    unmerged: bool = False
    """Contacts whose later version is merged into nobody any more."""
    unknown_companies: bool = False
    """Contacts whose company_id no company has."""
    internal_people: bool = False
    """Contacts with an address of a test domain."""
    quarantined: bool = False
    """Activities, consents and links to deals of unknown contacts."""
    words_by_address: bool = False
    """Consents that name an address, alone or beside a contact."""


@dataclass
class Cluster:
    """A few contacts that may be one person, and what they share."""

    name: str
    options: Options
    anchors: list[datetime]
    fit: str
    """What most first values are: `good`, `mixed` or `unknown`."""
    contacts: list[str] = field(default_factory=list)
    created: dict[str, datetime] = field(default_factory=dict)

    @property
    def anonymous_ids(self) -> list[str]:
        """Browsers of these people."""
        return [f"{self.name}-browser", f"{self.name}-phone"]

    @property
    def emails(self) -> list[str]:
        """Addresses these people may have; the last ones are not addresses."""
        name = self.name
        found = [
            f"ann@{name}-acme.example",
            f"bob@{name}-acme.example",
            f"ann@{name}-beta.example",
            f"{name}.ann@gmail.com",
            f"info@{name}-acme.example",
            f"bob@{name}-new.example",
            f"{name}@rival-analytics.example",
            f"{name}-no-address",
            f"{name}@nodot",
            f"@{name}-acme.example",
        ]
        return [*found, f"{name}@test.example"] if self.options.internal_people else found

    def first_value(self, draw: Draw, choices: list[T]) -> T:
        """A field of a first version; the first choice is the best fit, the last unknown."""
        if self.fit != "mixed" and draw.chance(90):
            return choices[0 if self.fit == "good" else -1]
        return draw.pick(choices)

    def instant(self, draw: Draw) -> datetime:
        """An instant of the coarse grid, so that instants collide."""
        return (
            draw.pick(self.anchors)
            + timedelta(days=draw.pick(OFFSET_DAYS))
            + timedelta(hours=draw.pick(HOURS), seconds=draw.pick(SECONDS))
        )

    def fact_instant(self, draw: Draw, contact: str) -> datetime:
        """An instant of a fact of a known contact."""
        at = self.instant(draw)
        return at if self.options.early_activities else max(at, self.created[contact])


def varied(draw: Draw, email: str) -> str:
    """The same address, written differently."""
    if draw.chance(85):
        return email
    return draw.pick([email.upper(), f" {email} ", email.capitalize()])


EVENT_TYPES: list[tuple[str, str | None, str | None]] = [
    ("newsletter_signup", None, None),
    ("whitepaper_download", None, None),
    ("whitepaper_download", None, "The Buyer's Guide"),
    ("whitepaper_download", None, "Checklist 2026"),
    ("webinar_registered", None, None),
    ("webinar_attended", None, None),
    ("demo_request", None, None),
    ("quote_request", None, None),
    ("contact_sales", None, None),
    ("demo_request", None, None),
    ("page_view", "https://acme.example/Pricing?plan=2", None),
    ("page_view", "https://acme.example/fr/tarifs", "guide"),
    ("page_view", "https://acme.example/case-studies/one", None),
    ("page_view", "https://acme.example/compare", None),
    ("page_view", "https://acme.example/product", None),
    ("page_view", "https://acme.example/demo", None),
    ("page_view", "https://acme.example/CAREERS", None),
    ("page_view", "https://acme.example/blog", None),
    ("hard_bounce", None, None),
    ("email_click", None, None),
    ("email_open", None, None),
    ("email_reply", None, None),
    ("email_reply_positive", None, None),
    ("email_reply_positive", None, None),
    ("proposal_requested", None, None),
    ("pricing_question", None, None),
    ("unsubscribe", None, None),
    ("mystery_type", None, None),
]
SERIES = {
    "strategic": ["/pricing", "/product", "/compare", "/demo", "/case-studies"],
    "careers": ["/careers", "/carrieres"],
}
GAPS = [timedelta(hours=hours) for hours in (0, 6, 24, 72, 84, 96, 168, 48)]


def _who(draw: Draw, cluster: Cluster) -> dict[str, str | None]:
    contact: str | None = draw.pick(cluster.contacts)
    email: str | None = varied(draw, draw.pick(cluster.emails))
    anonymous: str | None = draw.pick(cluster.anonymous_ids)
    kind = draw.pick([0, 0, 0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9])
    if kind == 0:
        email = anonymous = None
    elif kind == 1:
        email = None
    elif kind == 2:
        contact = anonymous = None
    elif kind == 3:
        contact = None
    elif kind == 4:
        contact = email = None
    elif kind == 5:
        contact, email = None, f"nobody@{cluster.name}-acme.example"
    elif kind == 6:
        contact = f"{cluster.name}-unknown"
    elif kind == 7:
        contact, email = f"{cluster.name}-unknown", None
    elif kind == 8:
        anonymous = None
    return {"contact_id": contact, "email": email, "anonymous_id": anonymous}


def _event(draw: Draw, cluster: Cluster, at: datetime) -> Row:
    event_type, page, content = draw.pick(EVENT_TYPES)
    return {
        "occurred_at": at,
        "event_type": event_type,
        **_who(draw, cluster),
        "page_url": page,
        "content_id": content.lower() if content else None,
        "content_title": content,
    }


def make_event(draw: Draw, cluster: Cluster) -> list[Fact]:
    """An event; sometimes landing twice with different content."""
    rows = [_event(draw, cluster, cluster.instant(draw))]
    if draw.chance(6):
        rows.append(_event(draw, cluster, cluster.instant(draw)))
    return [("events", rows)]


def make_visits(draw: Draw, cluster: Cluster) -> list[Fact]:
    """Visits of pages of one group, about seven days and week boundaries apart."""
    pages = SERIES["careers" if draw.chance(30) else "strategic"]
    who = _who(draw, cluster)
    at = cluster.instant(draw)
    facts: list[Fact] = []
    for _ in range(draw.pick([3, 4, 5])):
        row = {
            "occurred_at": at,
            "event_type": "page_view",
            **who,
            "page_url": f"https://acme.example{draw.pick(pages)}",
        }
        facts.append(("events", [row]))
        at += draw.pick(GAPS)
    return facts


def make_burst(draw: Draw, cluster: Cluster) -> list[Fact]:
    """The same kind of event several times around one day, for day caps and group caps."""
    event_type, page, content = draw.pick(EVENT_TYPES)
    who = {"contact_id": draw.pick(cluster.contacts)}
    at = cluster.instant(draw)
    facts: list[Fact] = []
    for _ in range(draw.pick([2, 3, 4])):
        row = {"occurred_at": at, "event_type": event_type, **who, "page_url": page}
        facts.append(("events", [{**row, "content_id": content, "content_title": content}]))
        at += timedelta(hours=draw.pick([0, 6, 12, 18]), seconds=draw.pick([0, 0, -1, 1]))
    return facts


ACTIVITIES: list[tuple[str, str | None]] = [
    ("call", "answered"),
    ("call", "no_answer"),
    ("email", "replied"),
    ("linkedin", "replied"),
    ("meeting", "booked"),
    ("meeting", "booked"),
    ("meeting", "booked"),
    ("meeting", "held"),
    ("meeting", "held"),
    ("meeting", "cancelled"),
    ("meeting", "no_show"),
    ("meeting", "pricing_discussed"),
    ("call", "pricing_discussed"),
    ("qualification", None),
    ("qualification", None),
    ("qualification", None),
    ("questionnaire", None),
    ("handoff", None),
    ("handoff", None),
]
VERDICTS = ["qualified", "accepted", "recycled", "disqualified", "reopened"]
QUESTIONS = ("need", "budget", "authority", "timing")
REASONS = ["no_budget", " Not_ICP", "bad_timing", None, "away", "No_Response", "wrong_contact"]


def _activity(draw: Draw, cluster: Cluster) -> Row:
    contact = draw.pick(cluster.contacts)
    kind, outcome = draw.pick(ACTIVITIES)
    row: Row = {
        "contact_id": contact,
        "activity_type": kind,
        "outcome": outcome,
        "direction": draw.pick(["outbound", "inbound", None]),
        "is_automated": draw.pick([None, False, True]),
        "rep_id": "r1",
        "scheduled_at": None,
        "verdict": None,
    }
    if outcome == "booked" and draw.chance(60):
        row["scheduled_at"] = cluster.instant(draw)
    answered = {"qualification": 95, "questionnaire": 60, "call": 25, "meeting": 10}.get(kind, 5)
    agreeable = draw.pick([85, 100, 50])
    for question in QUESTIONS:
        answer = "confirmed" if draw.chance(agreeable) else "denied"
        row[question] = answer if draw.chance(answered) else None
    if kind == "handoff" or (kind != "questionnaire" and draw.chance(12)):
        row["verdict"] = draw.pick([*VERDICTS, "recycled", "accepted", "qualified", "reopened"])
    row["occurred_at"] = cluster.fact_instant(draw, contact)
    is_full = kind == "qualification" and all(row[question] for question in QUESTIONS)
    if is_full and not cluster.options.early_qualifications:
        row["occurred_at"] = max(row["occurred_at"], cluster.created[contact])
    is_reasoned = row["verdict"] in ("recycled", "disqualified")
    chosen = (row["occurred_at"].toordinal() + len(kind)) % len(REASONS)
    row["reason"] = REASONS[chosen] if is_reasoned else None
    return row


def make_activity(draw: Draw, cluster: Cluster) -> list[Fact]:
    """A sales activity; sometimes landing twice with different content."""
    rows = [_activity(draw, cluster)]
    if draw.chance(6):
        rows.append(_activity(draw, cluster))
    if cluster.options.quarantined and draw.chance(10):
        rows = [{**row, "contact_id": f"{cluster.name}-unknown"} for row in rows]
    return [("sales_activities", rows)]


def _consent(draw: Draw, cluster: Cluster) -> Row:
    contact = draw.pick(cluster.contacts)
    kinds: list[Any] = ["objection", "opt_in", "opt_out", "opt_in", "informed", "opt_in"]
    if cluster.options.erasures and draw.chance(15):
        kinds = ["erasure"]
    row: Row = {
        "contact_id": contact,
        "email": None,
        "occurred_at": cluster.fact_instant(draw, contact),
        "kind": draw.pick(kinds),
        "channel": draw.pick(["all", "all", None, "email", "phone", "postal"]),
        "legal_basis": draw.pick([None, None, "consent", "legitimate_interest"]),
        "notice": "privacy 3",
        "source": "form",
    }
    if cluster.options.quarantined and draw.chance(20):
        row["contact_id"] = f"{cluster.name}-unknown"
    if cluster.options.words_by_address and draw.chance(40):
        row["email"] = varied(draw, draw.pick(cluster.emails))
        row["contact_id"] = draw.pick([None, None, row["contact_id"]])
    return row


def make_consent(draw: Draw, cluster: Cluster) -> list[Fact]:
    """A consent fact; sometimes landing twice with different content."""
    rows = [_consent(draw, cluster)]
    if draw.chance(10):
        rows.append(_consent(draw, cluster))
    return [("consents", rows)]
