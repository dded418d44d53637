"""A small history, written fact by fact, for examples."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .default_definitions import default_definitions
from .definitions import Definitions, History
from .histories import REFERENCE, TABLES
from .judge import State
from .lifecycle import Timeline, run

DAY_0 = datetime(2026, 1, 5)
"""A Monday."""


def day(days: float) -> datetime:
    """The instant so many days after day 0."""
    return DAY_0 + timedelta(days=days)


class Story:
    """A history in the making; `c1` of company `acme` (fit 32, grade A) exists from day 0."""

    def __init__(self, title: str | None = "Marketing Manager", **company: Any) -> None:
        self.history: History = {name: [] for name in TABLES}
        self.definitions: Definitions = default_definitions()
        acme = {"industry": "software", "employee_count": 200, "country": "FR", **company}
        self.company("acme", 0, domain="acme.example", **acme)
        self.contact("c1", 0, job_title=title, company_id="acme", email="ann@acme.example")

    def company(self, company_id: str, at: float, **fields: Any) -> None:
        """A version of a company."""
        row = {"company_id": company_id, "updated_at": day(at), **fields}
        self.history["companies"].append(row)

    def contact(
        self, contact_id: str, at: float, created: float | None = None, **fields: Any
    ) -> None:
        """A version of a contact; created at its first version unless said."""
        known = [row for row in self.history["contacts"] if row["contact_id"] == contact_id]
        created_at = known[0]["created_at"] if known else day(at if created is None else created)
        row = {"contact_id": contact_id, "created_at": created_at, "updated_at": day(at), **fields}
        self.history["contacts"].append(row)

    def event(self, event_type: str, at: float, **fields: Any) -> None:
        """An event, of `c1` unless said."""
        row = {"event_id": f"e{len(self.history['events']):03}", "contact_id": "c1"}
        if {"email", "anonymous_id"} & fields.keys():
            row = {"event_id": row["event_id"]}
        self.history["events"].append(
            {**row, "event_type": event_type, "occurred_at": day(at), **fields}
        )

    def page(self, page: str, at: float, **fields: Any) -> None:
        """A page view."""
        self.event("page_view", at, page_url=f"https://we.example{page}", **fields)

    def act(self, activity_type: str, outcome: str | None, at: float, **fields: Any) -> None:
        """A sales activity."""
        row = {
            "activity_id": f"a{len(self.history['sales_activities']):03}",
            "contact_id": "c1",
            "activity_type": activity_type,
            "outcome": outcome,
            "occurred_at": day(at),
            **fields,
        }
        self.history["sales_activities"].append(row)

    def verdict(self, verdict: str, at: float, **fields: Any) -> None:
        """A rep's verdict."""
        self.act("handoff", None, at, verdict=verdict, **fields)

    def answers(self, text: str, at: float, kind: str = "qualification", **fields: Any) -> None:
        """Answers to need, budget, authority, timing: `c`onfirmed, `d`enied or `-`."""
        words = {"c": "confirmed", "d": "denied", "-": None}
        questions = ("need", "budget", "authority", "timing")
        given = {name: words[one] for name, one in zip(questions, text, strict=True)}
        self.act(kind, None, at, **given, **fields)

    def deal(self, deal_id: str, status: str, at: float, contact: str | None = "c1") -> None:
        """A version of a deal."""
        known = [row for row in self.history["deals"] if row["deal_id"] == deal_id]
        row = {
            "deal_id": deal_id,
            "contact_id": contact,
            "status": status,
            "created_at": known[0]["created_at"] if known else day(at),
            "updated_at": day(at),
        }
        self.history["deals"].append(row)

    def consent(self, kind: str, at: float, channel: str | None = "all", **fields: Any) -> None:
        """A consent fact."""
        row = {
            "consent_id": f"o{len(self.history['consents']):03}",
            "contact_id": "c1",
            "kind": kind,
            "channel": channel,
            "occurred_at": day(at),
            **fields,
        }
        self.history["consents"].append(row)

    def parameter(self, name: str, value: str, version: str = "2026-01") -> None:
        """Set a parameter of a version."""
        for row in self.definitions.tables["definition_parameters"]:
            if (row["definition_version"], row["parameter"]) == (version, name):
                row["value"] = value

    def second_version(self, at: float) -> None:
        """A copy of the definitions, called `v2`, in force from a day on."""
        other = default_definitions("v2", f"{day(at).isoformat()}Z")
        for name, rows in other.tables.items():
            if name != "signal_catalogue":
                self.definitions.tables[name] += rows

    def timelines(self, until: float = 400) -> dict[str, Timeline]:
        """Everybody's timeline."""
        definitions = Definitions(self.definitions.tables)
        return run(self.history, definitions, day(until), REFERENCE)

    def timeline(self, until: float = 400, lead: str = "c1") -> Timeline:
        """One person's timeline."""
        return self.timelines(until)[lead]

    def at(self, at: float, lead: str = "c1") -> State:
        """One person's state at a day."""
        state = self.timeline(lead=lead).state_at(day(at))
        assert state is not None
        return state

    def stages(self, lead: str = "c1") -> list[tuple[float, str | None, str]]:
        """The stage changes: day, stage, path."""
        return [
            ((one.changed_at - DAY_0) / timedelta(days=1), one.to_stage, one.path)
            for one in self.timeline(lead=lead).changes
        ]
