"""The plan: what the CRM should say now, less what it last acknowledged. Set-wise, in SQL."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.crm.destination import Change, Destination
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.steps import changes_of
from orchestration.errors import UnusableInputError
from orchestration.spreadsheet import inert
from orchestration.warehouse import Connection, Words
from orchestration.warehouse.connection import literal as _text
from orchestration.warehouse.connection import quoted as _name

ECHO = "__echo"
"""Ending of the columns that hold what the CRM made of a value."""


@dataclass(frozen=True)
class Plan:
    """The changes to send, in table `crm_sync.plan` of the warehouse, in the order of sending."""

    connection: Connection
    records: int
    objections: int
    """Records that newly say that somebody must not be reached, at all or by a channel."""

    def changes(self, first: int, last: int) -> Iterator[Change]:
        """The changes from one sequence number to another, both included."""
        return changes_of(
            self.connection,
            "select sequence, object_id, lead_id, change_id, properties, before, record, attempt, "
            "echo, sent_to from crm_sync.plan where sequence between $first and $last "
            "order by sequence",
            {"first": first, "last": last},
        )

    def rows(self) -> Iterator[Planned]:
        """All changes, with what the ledger says of their records."""
        about = self.connection.stream(
            "select is_new, coalesce(refused, '{}') from crm_sync.plan order by sequence", []
        )
        changes = self.changes(1, self.records)
        for change, (is_new, refused) in zip(changes, about, strict=True):
            yield Planned(change, bool(is_new), json.loads(refused))


@dataclass(frozen=True)
class Planned:
    """A row of the plan by the ledger alone, before the CRM was asked."""

    change: Change
    is_new: bool
    refused: Mapping[str, str]
    """What the CRM refused of it last, or what was rolled back; empty if neither."""

    @property
    def not_parked(self) -> dict[str, str]:
        """The properties to tell: not those refused, as long as all of them say the same."""
        wanted, parked = dict(self.change.properties), self.refused
        is_parked = all(wanted.get(name) == value for name, value in parked.items())
        return {name: value for name, value in wanted.items() if not (is_parked and name in parked)}


def make_plan(
    connection: Connection,
    mapping: CrmMapping,
    destination: Destination,
    schema: str = "marts",
) -> Plan:
    """Compare `crm_lead_status` with what the destination last acknowledged.

    Objections come first. A record the CRM rejected is left out until what it says changes.
    Nothing is blanked in the CRM that we never filled.

    Args:
        connection: a warehouse open for writing, with the ledger's tables; `crm_sync.plan` is
            replaced in the caller's transaction.
        mapping: which property says what.
        destination: whose acknowledged values to compare with.
        schema: where `crm_lead_status` is.

    Raises:
        UnusableInputError: the mapping does not fit `crm_lead_status` or its values.
    """
    _check(connection, mapping, schema)
    connection.replace_table(
        "crm_sync.plan",
        _plan_sql(mapping, schema, connection.words, whole_rows=destination.takes_whole_rows),
        [destination.name, destination.name],
    )
    found = connection.execute(
        "select count(*), count(*) filter (where is_objection) from crm_sync.plan"
    ).fetchone()
    assert found is not None
    return Plan(connection, *map(int, found))


def _check(connection: Connection, mapping: CrmMapping, schema: str) -> None:
    table = f"{_name(schema)}.crm_lead_status"
    described = connection.columns(schema).get("crm_lead_status")
    if described is None:
        raise UnusableInputError(
            f"There is no table {schema}.crm_lead_status to sync; run the job first."
        )
    problems = mapping.problems(described)
    if not problems:
        problems += [
            f"{table}: record {object_id} is there {count} times, for {leads}; "
            "a record has one status: leadger run makes the marts anew"
            for object_id, count, leads in connection.execute(
                f"select {_name(mapping.object_id.column)}, count(*), "
                "string_agg(distinct lead_id, ', ' order by lead_id) "
                f"from {table} group by 1 having count(*) > 1 order by 1 limit 10"
            ).fetchall()
        ]
        for each in mapping.properties:
            if each.values:
                unmapped = connection.execute(
                    f"select distinct {_name(each.column)} from {table} "
                    f"where not ({_name(each.column)} = any(?)) order by 1",
                    [list(each.values)],
                ).fetchall()
                problems += [f"{each.property}: no value for {value!r}" for (value,) in unmapped]
    if problems:
        raise UnusableInputError(
            "\n".join(f"mapping {mapping.destination}: {problem}" for problem in problems)
        )


def _told(each: Property, words: Words) -> str:
    """A column as the text the CRM is told; empty where there is nothing to say."""
    column = _name(each.column)
    if each.type == "enumeration":
        cases = " ".join(
            f"when {_text(ours)} then {_text(theirs)}" for ours, theirs in each.values.items()
        )
        told = f"case {column} {cases} end"
    elif each.type == "datetime":
        told = words.zulu_instant(column)
    else:
        told = f"cast({column} as varchar)"
    return f"coalesce({told}, '')"


def _json(values: Mapping[str, str], kept: Mapping[str, str] | None = None) -> str:
    """A JSON object as text, of SQL expressions by name; only those whose condition holds."""
    members = []
    for name, value in values.items():
        key = _text(json.dumps(name, ensure_ascii=False) + ":")
        member = f"{key} || coalesce(cast(to_json({value}) as varchar), 'null')"
        members.append(f"case when {kept[name]} then {member} end" if kept else member)
    return "'{' || concat_ws(',', " + ", ".join(members) + ") || '}'"


def _plan_sql(mapping: CrmMapping, schema: str, words: Words, *, whole_rows: bool) -> str:
    properties = [each.property for each in mapping.properties]
    now_columns = ",\n".join(
        f"{_told(e, words)} as {_name(e.property)}" for e in mapping.properties
    )
    said = ",\n".join(f"(properties ->> {_text(name)}) as {_name(name)}" for name in properties)
    echoed = ",\n".join(f"(echo ->> {_text(name)}) as {_name(name + ECHO)}" for name in properties)
    acknowledged = ",\n".join(
        f"{words.latest(_name(name), 'record_id')} as {_name(name)}"
        for name in (*properties, *(each + ECHO for each in properties))
    )

    wanted = {name: f"wanted.{_name(name)}" for name in properties}
    told_before = {name: f"baseline.{_name(name)}" for name in properties}
    echo = {name: f"baseline.{_name(name + ECHO)}" for name in properties}
    changed = {name: f"{wanted[name]} <> coalesce({told_before[name]}, '')" for name in properties}
    any_changed = "\n        or ".join(changed.values())
    is_closing_changed = " or ".join(changed[name] for name in mapping.closing)
    is_closing = " or ".join(
        f"({changed[name]} and {wanted[name]} = 'true')" for name in mapping.closing
    )
    return f"""
with wanted as (

    select
        cast({_name(mapping.object_id.column)} as varchar) as object_id,
        lead_id,
        last_change_id as change_id,
        {now_columns}
    from {_name(schema)}.crm_lead_status

),

acknowledged as (

    select
        object_id,
        record_id,
        {said},
        {echoed}
    from crm_sync.sync_records
    where destination = ? and outcome = 'acknowledged'

),

baseline as (

    select
        object_id,
        {acknowledged}
    from acknowledged
    group by object_id

),

latest as (

    select max(record_id) as record_id
    from crm_sync.sync_records
    where destination = ?
    group by object_id

),

last_steps as (

    select
        steps.object_id,
        steps.outcome,
        steps.attempt,
        case when steps.outcome = 'rejected' then cast(steps.properties as varchar) end as refused
    from crm_sync.sync_records as steps
    inner join latest on steps.record_id = latest.record_id

),

differences as (

    select
        wanted.object_id,
        wanted.lead_id,
        wanted.change_id,
        {is_closing_changed} as is_objection_changed,
        {is_closing} as is_objection,
        {_json(wanted, changed)} as properties,
        {_json(told_before, changed)} as before,
        {_json(wanted) if whole_rows else _text("{}")} as record,
        {_json(echo, changed)} as echo,
        baseline.object_id is null as is_new
    from wanted
    left join baseline on wanted.object_id = baseline.object_id
    where {any_changed}

),

final as (

    select
        row_number() over (
            order by is_objection desc, is_objection_changed desc, differences.object_id
        ) as sequence,
        differences.object_id,
        differences.lead_id,
        differences.change_id,
        differences.properties,
        differences.before,
        differences.record,
        case when last_steps.outcome in ('retry', 'unknown') then last_steps.attempt + 1 else 1 end
            as attempt,
        differences.echo,
        cast(null as varchar) as sent_to,
        differences.is_new,
        last_steps.refused,
        is_objection
    from differences
    left join last_steps on differences.object_id = last_steps.object_id
    where coalesce(last_steps.outcome, '') <> 'rejected'
        or last_steps.refused is distinct from differences.properties

)

select * from final order by sequence
"""


def write_plan_file(changes: Iterable[Change], mapping: CrmMapping, outbox: Path, run: str) -> Path:
    """Each value before and after, a line each, for people."""
    outbox.mkdir(parents=True, exist_ok=True)
    instant = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    file = outbox / f"plan-{run}-{instant}.csv"
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, quoting=csv.QUOTE_ALL)
        rows.writerow([mapping.object_id.property, "lead_id", "property", "before", "after"])
        for change in changes:
            for name, after in change.properties.items():
                before = change.before.get(name) or ""
                cells = [change.object_id, change.lead_id, name, before, after]
                rows.writerow([inert(cell) for cell in cells])
    part.rename(file)
    return file
