"""All the page says of one person, read from one snapshot of the marts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.errors import UnusableInputError
from orchestration.people import lead_named
from orchestration.reports.boxes import BOXES
from orchestration.reports.story import (
    Story,
    marts_story,
    read_beyond,
    with_beyond,
)
from orchestration.warehouse import Connection

Row = Mapping[str, Any]
ERASED = "erased"
LETTERS: Mapping[bool | None, str] = {True: "y", False: "n", None: "?"}


@dataclass(frozen=True)
class Publication:
    """The run that readers see; `recorded_at` is naive UTC."""

    run_id: str
    recorded_at: Any


@dataclass(frozen=True)
class Person:
    """A person as the marts have them; or one of whom the audit log alone still speaks."""

    story: Story
    statements: Sequence[Row] = ()
    """What the audit log said of all their ids, in the order it was said."""
    consents: Sequence[Row] = ()
    crm_rows: Sequence[Row] = ()
    """What the CRM is to show."""
    is_known: bool = True

    @property
    def is_erased(self) -> bool:
        """Whether they asked to be erased, and were."""
        by_register = any(row["status"] == ERASED for row in self.consents)
        return by_register or any(row["reason"] == "erasure" for row in self.statements[-1:])


def publication(connection: Connection) -> Publication | None:
    """Which run published last; None where no run has."""
    if not connection.has_table("marts", "audit_digests"):
        return None
    row = connection.execute(
        "select run_id, recorded_at from marts.audit_digests order by run_number desc limit 1"
    ).fetchone()
    return Publication(str(row[0]), row[1]) if row else None


def find_person(connection: Connection, wanted: str) -> str | None:
    """The id of the person with this id or email; also an id only the audit log remembers."""
    text = wanted.strip()
    return lead_named(connection, text) or (text if _statements(connection, [text]) else None)


def read_person(connection: Connection, wanted: str) -> Person:
    """The person with a lead id, contact id or email.

    Raises `UnusableInputError` when neither the marts nor the log know anybody so.
    """
    if lead_named(connection, wanted) is None:
        statements = _statements(connection, [wanted])
        if not statements:
            raise UnusableInputError(f"Nobody has the id or email {wanted!r}.")
        return Person(Story(wanted, [], None, [], [], []), statements, is_known=False)
    story = marts_story(connection, wanted)
    return Person(
        with_beyond(story, read_beyond(connection, story)),
        _statements(connection, story.contacts),
        story.register,
        _rows(
            connection,
            "crm_lead_status",
            "crm_contact_id = any($contacts) order by crm_contact_id",
            {"contacts": story.contacts},
        ),
    )


def box_change(changes: Sequence[Row], box: str, value: bool | None) -> Row | None:
    """The stage change since which a box has had the value it has; None when none shows it."""
    place, since = BOXES.index(box), None
    for change in reversed(changes):
        letters = str(change["boxes_after"] or "")
        if len(letters) <= place or letters[place] != LETTERS[value]:
            break
        since = change
    return since


def _statements(connection: Connection, contacts: Sequence[str]) -> list[Row]:
    return _rows(
        connection,
        "lead_stage_audit",
        "lead_id = any($contacts) order by audit_id",
        {"contacts": list(contacts)},
    )


def _rows(
    connection: Connection, table: str, where: str, values: Mapping[str, object]
) -> list[Row]:
    if not connection.has_table("marts", table):
        return []
    result = connection.execute(f"select * from marts.{table} where {where}", dict(values))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
