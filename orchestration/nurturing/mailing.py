"""Whom nurturing would write to now, and what: rows, a CSV file, and previews as one HTML page."""

from __future__ import annotations

import csv
import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template as Page

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.audit.tables import missing_tables
from orchestration.errors import UnusableInputError
from orchestration.nurturing.templates import (
    Message,
    MissingFieldError,
    Template,
    read_settings,
    read_templates,
)
from orchestration.spreadsheet import guarded
from orchestration.warehouse import Place, open_warehouse

TITLES = {"en": "Buyer's guide 2026", "fr": "Guide d'achat 2026"}
"""What the person a preview is for has read, by language."""
PROBLEMS_SHOWN = 10
_DUE = """
    select
        enrolments.lead_id, leads.email, enrolments.track, enrolments.template_id,
        enrolments.reason, enrolments.enrolled_at, enrolments.next_try_at, leads.first_name,
        enrolments.content_title
    from marts.nurturing_enrolments as enrolments
    inner join marts.leads as leads on enrolments.lead_id = leads.lead_id
    inner join marts.consent_register as register
        on enrolments.lead_id = register.lead_id and register.channel = 'email'
    where
        enrolments.left_at is null
        and enrolments.next_try_at <= $at
        and enrolments.try_until_at > $at
        and register.status = 'contactable'
    order by enrolments.track, enrolments.next_try_at, enrolments.lead_id
"""
# the other ids of whoever something may be due to
_ALIASES = """
    select aliases.lead_id, aliases.contact_id
    from marts.lead_aliases as aliases
    inner join (
        select distinct lead_id from marts.nurturing_enrolments
        where left_at is null and next_try_at <= $at and try_until_at > $at
    ) as enrolled on aliases.lead_id = enrolled.lead_id
    where aliases.contact_id <> aliases.lead_id
"""
_TABLES = (
    *("marts.nurturing_enrolments", "marts.leads", "marts.consent_register"),
    "marts.lead_aliases",
)
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
    alias_ids: frozenset[str] = frozenset()
    """Their other ids, under which an earlier message may have been noted."""

    @property
    def contact_ids(self) -> frozenset[str]:
        """All ids of the person."""
        return self.alias_ids | {self.lead_id}


def due_messages(readers: Place, at: datetime) -> list[Due]:
    """Messages to people in a track whose next try is due at an instant (naive UTC), by track.

    Due is a message from its enrolment's next try on, for as long as the track says; whether it was
    written before is not asked here. Nobody who may not be reached by email is among them: the gate
    is asked here once more.

    Args:
        readers: where BI tools read the marts; read only, so that nobody is in anybody's way.
        at: the instant, naive UTC.

    Raises:
        UnusableInputError: there are no marts yet, or a template is missing or malformed.
    """
    templates, settings = read_templates(), read_settings()
    with open_warehouse(readers, read_only=True) as connection:
        if missing_tables(connection, *_TABLES):
            raise UnusableInputError(f"There are no marts in {readers} yet: leadger run")
        rows = connection.execute(_DUE, {"at": at}).fetchall()
        aliases: dict[str, set[str]] = {}
        for lead_id, contact_id in connection.execute(_ALIASES, {"at": at}).fetchall():
            aliases.setdefault(lead_id, set()).add(contact_id)
    found = []
    for lead_id, email, track, template_id, reason, enrolled_at, next_try_at, name, title in rows:
        message, problem = None, ""
        try:
            if not email:
                raise MissingFieldError(f"lead {lead_id}: no email address. Add one in the CRM.")
            template = _template(templates, template_id)
            known = {**settings.of(template), "first_name": name, "content_title": title}
            message = template.render(known, whose=lead_id)
        except MissingFieldError as error:
            problem = str(error)
        found.append(
            Due(
                *(lead_id, email, track, template_id, reason, enrolled_at, next_try_at),
                *(message, problem, frozenset(aliases.get(lead_id, ()))),
            )
        )
    return found


def write_csv(due: Sequence[Due], file: Path) -> int:
    """Write the messages that can be sent, a row each, on the disk; gives how many.

    No cell is one that a spreadsheet computes.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    ready = [one for one in due if one.message is not None]
    with file.open("w", encoding="utf-8", newline="") as rows:
        writer = csv.writer(rows)
        writer.writerow(COLUMNS)
        for one in ready:
            assert one.message is not None
            cells = [
                *(one.lead_id, one.email or "", one.track, one.template_id, one.reason),
                *(f"{one.next_try_at.isoformat()}Z", one.message.subject, one.message.text),
            ]
            writer.writerow([guarded(cell) for cell in cells])
        rows.flush()
        os.fsync(rows.fileno())
    return len(ready)


def summary(due: Sequence[Due], file: Path | None, before: int = 0) -> RenderableType:
    """How many messages by track, which cannot be written, and how many were written before.

    Args:
        due: those that were to be written now.
        file: where they are; None if there was nothing to write.
        before: how many are due and were written by an earlier call.
    """
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
    if before:
        tail.append(Text(f"Written before: {before:,} (--again writes them once more)"))
    tail.append(Text(f"Messages: {file}" if file is not None else "Nothing new to write."))
    head: list[RenderableType] = [table, Text("")] if due else []
    return Group(*head, *problems[:PROBLEMS_SHOWN], *tail)


def example(template: Template) -> dict[str, str]:
    """The person a preview is for."""
    title = TITLES.get(template.language, TITLES["en"])
    return {"first_name": "Camille", "content_title": title}


def write_previews(file: Path) -> Path:
    """Write every template, filled in for an example person, into one HTML page.

    Raises:
        MissingFieldError: a template asks for something nobody knows.
    """
    settings, sections = read_settings(), []
    for template in read_templates().values():
        message = template.render({**settings.of(template), **example(template)}, whose="example")
        sections.append(
            f'<article lang="{template.language}"><h2>{html.escape(template.template_id)}</h2>'
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
