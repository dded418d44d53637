"""All there is to say of one person: from the marts, what arrived, and what the CRM was told.

The marts and what the CRM was told are read from the published file, where no run is in the way.
What arrived is in the warehouse alone: while a run has it, the story says what it lacks, and why.
Of the intermediate models nothing is read: they hold only whom the last run touched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orchestration.errors import UnusableInputError
from orchestration.people import lead_named, nobody_named
from orchestration.reports.boxes import ANSWERS, Box, read_boxes
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.work import latest_publication
from orchestration.workspace import Workspace

Row = Mapping[str, Any]
FORMAT = 1
"""Version of the JSON form; it changes when a name is taken away or means something else."""

_CONSENTS = """
with used as (
    select distinct lower(trim(email)) as email from raw.contacts
    where contact_id = any($contacts) and email is not null
),
owners as (
    -- as the pipeline has it: a current address wins over an earlier one; then the last user
    select
        lower(trim(versions.email)) as email,
        aliases.lead_id,
        row_number() over (
            partition by lower(trim(versions.email))
            order by
                case when lower(aliases.email) = lower(trim(versions.email)) then 0 else 1 end,
                versions.updated_at desc nulls last, versions.contact_id
        ) as precedence
    from raw.contacts as versions
    inner join marts.lead_aliases as aliases on versions.contact_id = aliases.contact_id
    where lower(trim(versions.email)) in (select email from used)
)
select
    consent_id, occurred_at, lower(trim(kind)) as kind,
    coalesce(nullif(lower(trim(channel)), ''), 'all') as channel,
    lower(trim(legal_basis)) as legal_basis, notice, source, contact_id, email
from (
    select
        *, row_number() over (partition by consent_id order by _loaded_at, _batch, _row) as version
    from raw.consents
    where occurred_at <= $as_of and (
        contact_id = any($contacts)
        or (
            (contact_id is null or contact_id not in (select contact_id from marts.lead_aliases))
            and lower(trim(email)) in (
                select email from owners
                where precedence = 1 and lead_id = $lead_id
            )
        )
    )
) as consents
where version = 1
order by occurred_at, consent_id
"""
_TOLD = """
select * from (
    select
        *,
        row_number() over (
            partition by destination, run, sequence order by record_id desc
        ) as recency
    from crm_sync.sync_records
    where lead_id = any($contacts) or object_id = any($contacts)
) as steps
where recency = 1
order by recorded_at, object_id
"""
_END_OF_TIME = datetime(9999, 12, 31)


@dataclass(frozen=True)
class Beyond:
    """What the marts do not hold."""

    answers: Sequence[Row] = ()
    consents: Sequence[Row] = ()
    told: Sequence[Row] = ()
    unread: str | None = None
    """Why answers and consents could not be read; None when they were."""


@dataclass(frozen=True)
class Story:
    """All that is known of one person; instants are naive UTC."""

    lead_id: str
    aliases: Sequence[Row]
    lead: Row | None
    changes: Sequence[Row]
    ledger: Sequence[Row]
    boxes: Sequence[Box]
    clocks: Sequence[Row] = ()
    register: Sequence[Row] = ()
    """Whether each channel is open, as the marts have it."""
    beyond: Beyond = field(default_factory=Beyond)

    @property
    def contacts(self) -> list[str]:
        """The ids of all CRM contacts that are this person today, the lead id first."""
        others = (str(alias["contact_id"]) for alias in self.aliases)
        return [self.lead_id, *(name for name in others if name != self.lead_id)]

    @property
    def words_by_former_addresses(self) -> list[Row]:
        """What closed a channel last and was said by an address that is somebody else's now."""
        found: dict[str, Row] = {}
        for row in self.register:  # by channel, "all" first: a word on all of them is one word
            if row.get("is_by_former_address"):
                found.setdefault(str(row["objection_id"]), row)
        return list(found.values())


def read_story(warehouse: Place, wanted: str) -> Story:
    """The story of a lead id, any contact id of a person, or an email in any case.

    Raises `UnusableInputError` when there are no marts, or they know nobody so.
    """
    published = Workspace(warehouse).published
    marts = published if published.exists() else warehouse
    with open_warehouse(marts, read_only=True) as connection:
        if not connection.has_table("marts", "leads"):
            raise UnusableInputError(f"There are no marts in {warehouse} yet. Run: leadger run")
        story = marts_story(connection, wanted)
        told = read_told(connection, story)
    return with_beyond(story, _read_beyond(warehouse, story, told))


def marts_story(connection: Connection, wanted: str) -> Story:
    """What the marts alone say; raises `UnusableInputError` when they know nobody so."""
    lead_id = lead_named(connection, wanted)
    if lead_id is None:
        raise nobody_named(wanted)

    def rows(query: str) -> list[Row]:
        return _rows(connection, query, {"lead_id": lead_id})

    aliases = rows("select * from marts.lead_aliases where lead_id = $lead_id order by contact_id")
    leads = rows("select * from marts.leads where lead_id = $lead_id")
    changes = rows(
        "select * from marts.lead_stage_changes where lead_id = $lead_id order by change_number"
    )
    ledger = rows(
        "select * from marts.lead_score_ledger where lead_id = $lead_id "
        "order by entry_at, entry_type = 'adjustment', entry_type, signal, entry_id"
    )

    def rows_of(mart: str, order: str) -> list[Row]:
        query = f"select * from marts.{mart} where lead_id = $lead_id order by {order}"
        return rows(query) if connection.has_table("marts", mart) else []

    clocks = rows_of("sla_clocks", "started_at, obligation, clock_id")
    register = rows_of("consent_register", "channel")
    lead = leads[0] if leads else None
    story = Story(lead_id, aliases, lead, changes, ledger, [], clocks, register)
    return with_beyond(story, Beyond())


def with_beyond(story: Story, beyond: Beyond) -> Story:
    """The story with what the marts do not hold, and the boxes that rest on it."""
    lead = story.lead
    boxes = read_boxes(lead, story.ledger, beyond.answers) if lead is not None else []
    return replace(story, boxes=boxes, beyond=beyond)


def _read_beyond(warehouse: Place, story: Story, told: Sequence[Row]) -> Beyond:
    try:
        with open_warehouse(warehouse, read_only=True) as connection:
            if not connection.has_table("raw", "contacts"):
                unread = f"{warehouse} holds the marts alone; name the warehouse."
                return Beyond(told=told, unread=unread)
            return read_beyond(connection, story)
    except UnusableInputError as error:
        return Beyond(told=told, unread=str(error))


def read_beyond(connection: Connection, story: Story) -> Beyond:
    """What a warehouse holds of the person beside the marts, or readers' file as far as it does."""
    known: dict[str, Any] = {"contacts": story.contacts, "as_of": _judged_at(connection)}

    def rows(query: str, table: str, **values: object) -> list[Row]:
        return _rows(connection, query, values) if connection.has_table("raw", table) else []

    return Beyond(
        answers=rows(ANSWERS, "sales_activities", **known),
        consents=rows(_CONSENTS, "consents", **known, lead_id=story.lead_id),
        told=read_told(connection, story),
    )


def read_told(connection: Connection, story: Story) -> list[Row]:
    """The last step of every record that a CRM was told of the person, in order of time."""
    if not connection.has_table("crm_sync", "sync_records"):
        return []
    told = _rows(connection, _TOLD, {"contacts": story.contacts})
    return [_without(record, "recency") for record in told]


def _judged_at(connection: Connection) -> datetime:
    """What the marts in use were judged by; what happened later is not in them."""
    publication = latest_publication(connection)
    return publication.as_of if publication is not None else _END_OF_TIME


def _rows(connection: Connection, query: str, values: Mapping[str, object]) -> list[Row]:
    result = connection.execute(query, dict(values))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def story_as_json(story: Story) -> str:
    """The story in the form docs/explain.md describes."""
    total = 0
    lines = []
    for entry in story.ledger:
        total += int(entry["points_counted"])
        lines.append({**_without(entry, "lead_id", "score_after"), "sum": total})
    lead = story.lead or {}
    said = {
        "format": FORMAT,
        "lead_id": story.lead_id,
        "identity": {
            **{name: lead.get(name) for name in _WHO},
            "aliases": [_without(alias, "lead_id") for alias in story.aliases],
        },
        "now": _without(lead, "lead_id", *_WHO) if story.lead is not None else None,
        "stages": [_without(change, "lead_id") for change in story.changes],
        "ledger": {"lines": lines, "sum": total, "score": lead.get("score")},
        "boxes": [vars(box) for box in story.boxes],
        "clocks": list(story.clocks),
        "consents": list(story.beyond.consents),
        "register": [_without(row, "lead_id") for row in story.register],
        "crm": [
            {
                **_without(record, "record_id", "sequence", "attempt"),
                "properties": json.loads(record["properties"]),
                "before": json.loads(record["before"]),
            }
            for record in story.beyond.told
        ],
        "unread": story.beyond.unread,
    }
    return json.dumps(said, default=_plain, ensure_ascii=False, indent=2)


_WHO = ("email", "first_name", "last_name", "job_title", "company_id")


def _without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _plain(value: object) -> object:
    """Instants in ISO 8601, records as what they hold, the rest as text."""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return vars(value) if hasattr(value, "__dict__") else str(value)
