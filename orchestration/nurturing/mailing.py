"""Whom nurturing would write to now, and what: rows, a CSV file, and previews as one HTML page."""

from __future__ import annotations

import csv
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template as Page

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.errors import UnusableInputError
from orchestration.nurturing.templates import (
    Message,
    MissingFieldError,
    Template,
    read_settings,
    read_templates,
)
from orchestration.warehouse import Place, open_warehouse

EXAMPLE = {"first_name": "Camille", "content_title": "Buyer's guide 2026"}
"""Whom a preview is for."""
PROBLEMS_SHOWN = 10
_DUE = """
    select
        enrolments.lead_id, leads.email, enrolments.track, enrolments.template_id,
        enrolments.reason, enrolments.enrolled_at, enrolments.next_try_at, leads.first_name,
        leads.last_content_title
    from marts.nurturing_enrolments as enrolments
    inner join marts.leads as leads on enrolments.lead_id = leads.lead_id
    inner join marts.consent_register as register
        on enrolments.lead_id = register.lead_id and register.channel = 'email'
    where
        enrolments.left_at is null
        and enrolments.next_try_at <= ?
        and register.status = 'contactable'
    order by enrolments.track, enrolments.next_try_at, enrolments.lead_id
"""
COLUMNS = ("lead_id", "email", "track", "template_id", "reason", "next_try_at", "subject", "text")


@dataclass(frozen=True)
class Due:
    """A message whose time has come: what it says, or why it cannot be written."""

    lead_id: str
    email: str | None
    track: str
    template_id: str
    reason: str
    enrolled_at: datetime
    next_try_at: datetime
    message: Message | None
    problem: str = ""


def due_messages(warehouse: Place, at: datetime) -> list[Due]:
    """Messages to people in a track whose next try is due at an instant (naive UTC), by track.

    Nobody who may not be reached by email is among them: the gate is asked here once more.

    Raises:
        UnusableInputError: there are no marts yet, or a template is missing or malformed.
    """
    templates, settings = read_templates(), read_settings()
    with open_warehouse(warehouse) as connection:
        if not connection.has_table("marts", "nurturing_enrolments"):
            raise UnusableInputError(f"There are no marts in {warehouse} yet: leadger run")
        rows = connection.execute(_DUE, [at]).fetchall()
    found = []
    for lead_id, email, track, template_id, reason, enrolled_at, next_try_at, name, title in rows:
        message, problem = None, ""
        fields = {**settings, "first_name": name, "content_title": title}
        try:
            if not email:
                raise MissingFieldError(f"lead {lead_id}: no email address. Add one in the CRM.")
            message = _template(templates, template_id).render(fields, whose=lead_id)
        except MissingFieldError as error:
            problem = str(error)
        found.append(
            Due(
                *(lead_id, email, track, template_id, reason, enrolled_at, next_try_at),
                *(message, problem),
            )
        )
    return found


def write_csv(due: Sequence[Due], file: Path) -> int:
    """Write the messages that can be sent, a row each; gives how many."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    ready = [one for one in due if one.message is not None]
    with part.open("w", encoding="utf-8", newline="") as rows:
        writer = csv.writer(rows)
        writer.writerow(COLUMNS)
        for one in ready:
            assert one.message is not None
            writer.writerow(
                [
                    *(one.lead_id, one.email, one.track, one.template_id, one.reason),
                    *(f"{one.next_try_at.isoformat()}Z", one.message.subject, one.message.text),
                ]
            )
    part.replace(file)
    return len(ready)


def summary(due: Sequence[Due], file: Path) -> RenderableType:
    """How many messages by track, and which cannot be written."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("Track", "to write", "not to be written"):
        table.add_column(header, justify="left" if header == "Track" else "right")
    for track in sorted({one.track for one in due}):
        own = [one for one in due if one.track == track]
        unwritten = sum(1 for one in own if one.problem)
        table.add_row(track, f"{len(own) - unwritten:,}", f"{unwritten:,}")
    problems = [Text(one.problem, style="yellow") for one in due if one.problem]
    more = len(problems) - PROBLEMS_SHOWN
    tail = [Text(f"... and {more:,} more")] if more > 0 else []
    return Group(table, Text(""), *problems[:PROBLEMS_SHOWN], *tail, Text(f"Messages: {file}"))


def write_previews(file: Path) -> Path:
    """Write every template, filled in for an example person, into one HTML page.

    Raises:
        MissingFieldError: a template asks for something nobody knows.
    """
    known = {**read_settings(), **EXAMPLE}
    sections = []
    for template in read_templates().values():
        message = template.render(known, whose="example")
        language = template.template_id.rpartition(".")[2]
        sections.append(
            f'<article lang="{language}"><h2>{html.escape(template.template_id)}</h2>'
            f"<h3>{html.escape(message.subject)}</h3>"
            f"<pre>{html.escape(message.text)}</pre></article>"
        )
    page = Page(Path(__file__).with_name("previews.html").read_text(encoding="utf-8"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page.substitute(messages="\n".join(sections)), encoding="utf-8")
    return file


def _template(templates: Mapping[str, Template], template_id: str) -> Template:
    if template_id not in templates:
        raise UnusableInputError(
            f"There is no template {template_id}.md; there are: {', '.join(templates)}. Add the "
            "file, or take the track out of seeds/reference/nurturing_tracks.csv."
        )
    return templates[template_id]
