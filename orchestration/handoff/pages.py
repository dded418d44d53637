"""The list of a team as an HTML page and as CSV rows, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.handoff.lists import Feedback, Handoff, Lead, RepList, TeamList
from orchestration.handoff.words import (
    WORDS,
    Language,
    day_in_words,
    instant_in_words,
    local_instant,
    read_labels,
)
from orchestration.spreadsheet import guarded

COLUMNS = (
    *("week", "owner_id", "owner_name", "priority_rank", "lead_id", "first_name", "last_name"),
    *("job_title", "company_name", "email", "stage", "score", "icp_grade", "temperature"),
    *("boxes_ticked", "asked_to_be_called", "may_email", "may_phone", "sla", "sla_status"),
    *("sla_due_at", "engagement_history", "last_content_1", "last_content_2", "last_content_3"),
    *("next_action", "last_week_verdict", "last_week_reason"),
)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Speaker:
    """Says everything about a week's lists in one language."""

    handoff: Handoff
    lang: Language

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The page's own words."""
        return WORDS[self.lang]

    @cached_property
    def obligations(self) -> Mapping[str, str]:
        """What people call what is owed."""
        return read_labels("sla_labels", self.lang)

    @cached_property
    def stages(self) -> Mapping[str, str]:
        """What people call the stages."""
        return read_labels("stage_labels", self.lang)

    def day(self, *, before: bool = False) -> str:
        """The Monday of the week, or the one before, in words."""
        week = self.handoff.week
        return day_in_words(week.monday_before if before else week.monday, self.lang)

    def team(self, team: TeamList | None) -> str:
        """What a list is called."""
        if team is None:
            return self.words["title"]
        if team.is_unassigned:
            return self.words["unassigned"]
        return f"{self.words['team']} {team.team}" if team.team else self.words["no_team"]

    def rep(self, rep: RepList) -> str:
        """Whose list it is."""
        return rep.name or rep.owner_id or self.words["unassigned"]

    def person(self, row: Lead | Feedback) -> str:
        """Who a row is about."""
        if isinstance(row, Feedback) and not row.is_shown:
            return self.words["hidden"]
        return row.name or self.words["unnamed"].format(lead_id=row.lead_id)

    def due(self, lead: Lead) -> str:
        """When what is owed next is due, by the clocks of the business; empty for nothing."""
        if lead.sla_due_at is None:
            return ""
        return instant_in_words(lead.sla_due_at, self.handoff.week.zone, self.lang)

    def due_iso(self, lead: Lead) -> str:
        """The same for programs, with the offset of the zone."""
        if lead.sla_due_at is None:
            return ""
        return local_instant(lead.sla_due_at, self.handoff.week.zone).isoformat(timespec="minutes")

    def history(self, lead: Lead) -> str:
        """What the person did, in words."""
        is_french = self.lang == "fr"
        return (lead.engagement_history_fr if is_french else lead.engagement_history_en) or ""

    def next_action(self, lead: Lead) -> str:
        """What the playbook says to do."""
        return (lead.next_action_fr if self.lang == "fr" else lead.next_action_en) or ""

    def reason(self, feedback: Feedback) -> str:
        """Why sales said so: as people call it, else as the rep wrote it."""
        known = feedback.reason_fr if self.lang == "fr" else feedback.reason_en
        return known or feedback.reason or ""

    def counts(self, leads: tuple[Lead, ...] | list[Lead]) -> list[str]:
        """How many leads, and how many of them press."""
        size = len(leads)
        pressing = {
            "overdue": sum(lead.sla_status == "breached" for lead in leads),
            "at_risk": sum(lead.sla_status == "at_risk" for lead in leads),
            "asked": sum(lead.has_hand_raise for lead in leads),
        }
        said = [self.words["leads_one" if size == 1 else "leads_many"].format(count=size)]
        return said + [self.words[name].format(count=n) for name, n in pressing.items() if n]


def render_page(speaker: Speaker, team: TeamList | None) -> str:
    """The HTML page of a team; None: the page of a week in which there is nothing to say."""
    return _ENVIRONMENT.get_template("list.html").render(
        say=speaker,
        words=speaker.words,
        lang=speaker.lang,
        week=speaker.handoff.week,
        team=team,
        title=f"{speaker.team(team)}, {speaker.handoff.week.label}",
    )


def csv_rows(speaker: Speaker, team: TeamList | None) -> Iterator[tuple[str, ...]]:
    """The rows of a team's CSV file, the header first."""
    yield COLUMNS
    for rep in team.reps if team is not None else ():
        said = {each.lead_id: each for each in rep.feedback}
        for lead in rep.leads:
            yield tuple(_cell(value) for value in _values(speaker, lead, said.get(lead.lead_id)))


def _values(speaker: Speaker, lead: Lead, said: Feedback | None) -> tuple[object, ...]:
    words = speaker.words
    return (
        *(speaker.handoff.week.label, lead.owner_id, lead.owner_name, lead.priority_rank),
        *(lead.lead_id, lead.first_name, lead.last_name, lead.job_title, lead.company_name),
        *(lead.email, lead.stage, lead.score, lead.icp_grade, words[lead.temperature]),
        *(lead.boxes_ticked, lead.has_hand_raise),
        *(lead.is_email_contactable, lead.is_phone_contactable),
        speaker.obligations[lead.sla_obligation] if lead.sla_obligation else None,
        speaker.obligations[lead.sla_status] if lead.sla_status else None,
        *(speaker.due_iso(lead), speaker.history(lead)),
        *(lead.last_content_1, lead.last_content_2, lead.last_content_3),
        speaker.next_action(lead),
        words[said.verdict] if said else None,
        speaker.reason(said) if said else None,
    )


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever somebody typed into a form."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else str(value)
