"""The lists as data: read from the published marts, and put together by team and rep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from orchestration.audit.stages import open_marts
from orchestration.errors import UnusableInputError
from orchestration.handoff.weeks import Week
from orchestration.warehouse import Connection, Place

TABLES = ("marts.weekly_handoff", "marts.handoff_feedback", "marts.handoff_weeks", "marts.leads")
# what sales said is theirs to read; who it was about is shown only of those who may be reached
_FEEDBACK = """
    select
        feedback.lead_id, feedback.owner_id, feedback.owner_name, feedback.team,
        feedback.handed_over_as, feedback.handed_over_at, feedback.verdict, feedback.reason,
        feedback.reason_en, feedback.reason_fr, feedback.touches, feedback.verdict_at,
        people.first_name, people.last_name, people.lead_id is not null as is_shown
    from marts.handoff_feedback as feedback
    left join (
        select lead_id, first_name, last_name from marts.leads
        where is_contactable and (is_email_contactable or is_phone_contactable)
    ) as people on feedback.lead_id = people.lead_id
    order by feedback.handed_over_at, feedback.lead_id
"""


@dataclass(frozen=True)
class Lead:
    """A row of `weekly_handoff`; instants are naive UTC."""

    lead_id: str
    priority_rank: int
    owner_id: str | None
    owner_name: str | None
    team: str | None
    is_owner_active: bool
    email: str | None
    first_name: str | None
    last_name: str | None
    job_title: str | None
    company_name: str | None
    stage: str
    score: int
    icp_grade: str
    temperature: str
    boxes_ticked: int
    has_hand_raise: bool
    is_call_recommended: bool
    is_email_contactable: bool
    is_phone_contactable: bool
    sla_obligation: str | None
    sla_status: str | None
    sla_due_at: datetime | None
    engagement_history_en: str | None
    engagement_history_fr: str | None
    last_content_1: str | None
    last_content_2: str | None
    last_content_3: str | None
    next_action_en: str | None
    next_action_fr: str | None

    @property
    def name(self) -> str:
        """First and last name; empty when neither is known."""
        return full_name(self.first_name, self.last_name)

    @property
    def last_contents(self) -> list[str]:
        """Titles of the contents consulted last, latest first; three at the most."""
        titles = (self.last_content_1, self.last_content_2, self.last_content_3)
        return [title for title in titles if title]


@dataclass(frozen=True)
class Feedback:
    """A row of `handoff_feedback`; instants are naive UTC.

    The names of somebody who may not be reached any more are None, and `is_shown` is false.
    """

    lead_id: str
    owner_id: str | None
    owner_name: str | None
    team: str | None
    handed_over_as: str
    handed_over_at: datetime
    verdict: str
    reason: str | None
    reason_en: str | None
    reason_fr: str | None
    touches: int
    verdict_at: datetime | None
    first_name: str | None
    last_name: str | None
    is_shown: bool

    @property
    def name(self) -> str:
        """First and last name; empty when neither is known."""
        return full_name(self.first_name, self.last_name)


@dataclass(frozen=True)
class RepList:
    """Whom one rep works on, in order, and what became of last week's leads."""

    owner_id: str | None
    """None: leads nobody owns."""
    name: str | None
    is_active: bool
    leads: tuple[Lead, ...]
    feedback: tuple[Feedback, ...]


@dataclass(frozen=True)
class TeamList:
    """The lists of one team, by the names of its reps."""

    team: str | None
    """None: reps without a team, or leads nobody owns."""
    is_unassigned: bool
    reps: tuple[RepList, ...]

    @property
    def leads(self) -> list[Lead]:
        """Everybody on the team's lists."""
        return [lead for rep in self.reps for lead in rep.leads]


@dataclass(frozen=True)
class Handoff:
    """All lists of a week; `teams` is empty when there is nothing to say."""

    week: Week
    teams: tuple[TeamList, ...]


def read_handoff(warehouse: Place) -> Handoff:
    """The lists of the week the published marts were built for.

    Raises:
        UnusableInputError: there are no such marts.
    """
    with open_marts(warehouse, *TABLES) as connection:
        found = connection.execute("select week_start, zone from marts.handoff_weeks").fetchall()
        if not found:
            raise UnusableInputError(
                "marts.handoff_weeks is empty: the calendar has no such week. "
                "Look at seeds/reference/business_hours.csv, then: leadger run"
            )
        columns = ", ".join(column.name for column in fields(Lead))
        leads = _rows(
            connection,
            f"select {columns} from marts.weekly_handoff order by priority_rank, lead_id",
        )
        feedback = _rows(connection, _FEEDBACK)
    return Handoff(
        Week(*found[0]),
        by_team([Lead(**row) for row in leads], [Feedback(**row) for row in feedback]),
    )


def by_team(leads: Sequence[Lead], feedback: Sequence[Feedback]) -> tuple[TeamList, ...]:
    """The rows by team, then rep, by name; reps without a team come after, unowned leads last."""
    # a row of the list knows more of its owner, and has the last word
    rows: list[Lead | Feedback] = [*feedback, *leads]
    owners = {row.owner_id: row for row in rows}
    teams: dict[tuple[bool, str | None], list[RepList]] = {}
    for owner_id, known in owners.items():
        rep = RepList(
            owner_id,
            known.owner_name,
            not isinstance(known, Lead) or known.is_owner_active,
            tuple(lead for lead in leads if lead.owner_id == owner_id),
            tuple(each for each in feedback if each.owner_id == owner_id),
        )
        teams.setdefault((owner_id is None, known.team), []).append(rep)
    return tuple(
        TeamList(team, is_unassigned, tuple(sorted(reps, key=_place)))
        for (is_unassigned, team), reps in sorted(
            teams.items(), key=lambda item: (item[0][0], item[0][1] is None, item[0][1] or "")
        )
    )


def full_name(first_name: str | None, last_name: str | None) -> str:
    """First and last name, as far as they are known."""
    return " ".join(part for part in (first_name, last_name) if part)


def _place(rep: RepList) -> tuple[str, str]:
    return (rep.name or rep.owner_id or "").casefold(), rep.owner_id or ""


def _rows(connection: Connection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
