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

ECHO, TOLD, OURS, OPEN = "__echo", "__told", "__ours", "__open"
"""Endings of the columns that hold, of a property, what the CRM made of the value it acknowledged;
that value; those sent since that nobody answered for; whether it has to be told."""
PARKED, BY = "__parked", "__by"
"""Likewise what was refused or taken back, and the step that says so."""


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
            "echo, sent_to, ours from crm_sync.plan where sequence between $first and $last "
            "order by sequence",
            {"first": first, "last": last},
        )

    def only_objections(self) -> Plan:
        """The plan without all that is no new objection; they come first, so it is their number."""
        self.connection.execute("delete from crm_sync.plan where not is_objection")
        return Plan(self.connection, self.objections, self.objections)

    def rows(self) -> Iterator[Planned]:
        """All changes, with what the ledger says of their records."""
        about = self.connection.stream("select is_new from crm_sync.plan order by sequence", [])
        changes = self.changes(1, self.records)
        for change, (is_new,) in zip(changes, about, strict=True):
            yield Planned(change, bool(is_new))


@dataclass(frozen=True)
class Planned:
    """A row of the plan by the ledger alone, before the CRM was asked."""

    change: Change
    is_new: bool
    """Whether its record was never told anything; said once of each."""


def make_plan(
    connection: Connection,
    mapping: CrmMapping,
    destination: Destination,
    schema: str = "marts",
) -> Plan:
    """Compare `crm_lead_status` with what the destination last acknowledged.

    Objections come first. What is parked (`crm_sync.parked`) is left out: what a CRM refused until
    any of it changes, what was rolled back property by property. What was sent and not acknowledged
    is in it even where the mart says again what was acknowledged before: the CRM may hold it.
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
        {"destination": destination.name},
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


def _told(each: Property, words: Words, longest: int | None) -> str:
    """A column as the text the CRM is told, no longer than it takes; empty for nothing to say."""
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
        if longest is not None and each.type == "string":
            told = (
                f"case when length({told}) > {longest} then left({told}, {longest - 1}) || '…' "
                f"else {told} end"
            )
    return f"coalesce({told}, '')"


def _json(
    values: Mapping[str, str], kept: Mapping[str, str] | None = None, *, is_json: bool = False
) -> str:
    """A JSON object as text, of SQL expressions by name; only those whose condition holds.

    What is JSON already is left out where it is null.
    """
    members = []
    for name, value in values.items():
        key = _text(json.dumps(name, ensure_ascii=False) + ":")
        said = value if is_json else f"coalesce(cast(to_json({value}) as varchar), 'null')"
        member = f"{key} || {said}"
        members.append(f"case when {kept[name]} then {member} end" if kept else member)
    return "'{' || concat_ws(',', " + ", ".join(members) + ") || '}'"


def _plan_sql(mapping: CrmMapping, schema: str, words: Words, *, whole_rows: bool) -> str:
    """One row per record; of a CRM that takes properties, objections have a row of their own."""
    properties = [each.property for each in mapping.properties]
    now_columns = ",\n".join(
        f"{_told(e, words, mapping.longest_text)} as {_name(e.property)}"
        for e in mapping.properties
    )
    texts = words.json_texts("properties", properties)
    place = {name: number for number, name in enumerate(properties, start=1)}
    acknowledged = ",\n".join(
        f"{words.latest(f'{texts_of}[{place[name]}]', 'record_id')} as {_name(name + ending)}"
        for texts_of, ending in (("told", ""), ("echoes", ECHO))
        for name in properties
    )

    def by_property(expression: str, ending: str) -> str:
        """A column for each property; it may name `{name}`, `{column}` and `{place}` in lists."""
        return ",\n".join(
            expression.format(place=place[name], name=_text(name), column=_name(name))
            + f" as {_name(name + ending)}"
            for name in properties
        )

    wanted = {name: f"wanted.{_name(name)}" for name in properties}
    told_before = {name: f"baseline.{_name(name)}" for name in properties}
    echo = {name: f"baseline.{_name(name + ECHO)}" for name in properties}
    ours = {name: f"doubts.{_name(name + OURS)}" for name in properties}
    parked = {name: f"parked.{_name(name + PARKED)}" for name in properties}
    parked_by = {name: f"parked.{_name(name + BY)}" for name in properties}
    # A record that was refused is refused for all it said: one other value, and all of it is free.
    freed = " || ".join(
        f"case when {parked_by[name]} is not null and {parked[name]} <> {wanted[name]} "
        f"then ',' || {parked_by[name]} || ',' else '' end"
        for name in properties
    )
    still = ",\n".join(
        f"coalesce({parked[name]} = {wanted[name]} and ({parked_by[name]} is null or position("
        f"',' || {parked_by[name]} || ',' in {freed}) = 0), false) as {_name(name + PARKED)}, "
        f"{parked[name]} is not null as {_name(name + BY)}"
        for name in properties
    )
    differs = {
        name: f"({wanted[name]} <> coalesce({told_before[name]}, '') or {ours[name]} is not null "
        f"or coalesce(standing.{_name(name + BY)}, false)) "
        f"and not coalesce(standing.{_name(name + PARKED)}, false)"
        for name in properties
    }
    is_open = {name: f"differences.{_name(name + OPEN)}" for name in properties}
    objects = {name: f"{is_open[name]} and {_name(name)} = 'true'" for name in mapping.closing}
    the_rest = is_open | {
        name: f"{is_open[name]} and {_name(name)} <> 'true'" for name in mapping.closing
    }
    value = {name: _name(name) for name in properties}
    told = {name: _name(name + TOLD) for name in properties}
    echoes = {name: _name(name + ECHO) for name in properties}
    doubts = _json({name: _name(name + OURS) for name in properties}, is_open, is_json=True)

    def rows(kept: Mapping[str, str], *, is_objection: str, is_new: str) -> str:
        kept = {name: kept.get(name, "false") for name in properties}
        return f"""
    select
        object_id,
        lead_id,
        change_id,
        {_json(value, kept)} as properties,
        {_json(told, kept)} as before,
        {_json(value) if whole_rows else _text("{}")} as record,
        {_json(echoes, kept)} as echo,
        {doubts} as ours,
        {is_new} as is_new,
        {is_objection} as is_objection,
        {" or ".join(is_open[name] for name in mapping.closing)} as is_objection_changed
    from differences
    where {" or ".join(f"({each})" for each in kept.values())}"""

    any_objection = " or ".join(f"({each})" for each in objects.values())
    any_other = " or ".join(f"({each})" for each in the_rest.values())
    if whole_rows:
        parts = rows(is_open, is_objection=any_objection, is_new="is_new")
    else:
        # Nothing else a record says can keep an objection back.
        parts = (
            rows(objects, is_objection="true", is_new=f"is_new and not ({any_other})")
            + "\n\n    union all\n"
            + rows(the_rest, is_objection="false", is_new="is_new")
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
        {texts} as told,
        {words.json_texts("echo", properties)} as echoes
    from crm_sync.sync_records
    where destination = $destination and outcome = 'acknowledged'

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
    where destination = $destination
    group by object_id

),

last_steps as (

    select steps.object_id, steps.outcome, steps.attempt
    from crm_sync.sync_records as steps
    inner join latest on steps.record_id = latest.record_id

),

-- Values that were sent, and that the CRM may hold: no acknowledgement came for them since.
unended as (

    select run, sequence
    from crm_sync.sync_records
    where destination = $destination
    group by run, sequence
    having
        max(case when outcome = 'sent' then record_id end) is not null
        and max(record_id)
        > coalesce(max(case when outcome in ('acknowledged', 'superseded') then record_id end), 0)

),

sent as (

    select
        steps.object_id,
        steps.record_id,
        {words.json_texts("steps.properties", properties)} as told
    from crm_sync.sync_records as steps
    inner join unended on steps.run = unended.run and steps.sequence = unended.sequence
    where steps.destination = $destination and steps.outcome = 'sent'

),

doubted as (

    select object_id, min(record_id) as record_id
    from sent
    group by object_id

),

heard as (

    select
        later.object_id,
        later.record_id,
        {words.json_texts("later.properties", properties)} as told
    from crm_sync.sync_records as later
    inner join doubted
        on later.object_id = doubted.object_id and later.record_id > doubted.record_id
    where later.destination = $destination and later.outcome = 'acknowledged'

),

answered as (

    select
        object_id,
        {by_property("max(case when told[{place}] is not null then record_id end)", "")}
    from heard
    group by object_id

),

doubts as (

    select
        sent.object_id,
        {
        by_property(
            "'[' || string_agg(distinct case when sent.record_id > coalesce(answered.{column}, 0) "
            "then cast(to_json(sent.told[{place}]) as varchar) end, ',') || ']'",
            OURS,
        )
    }
    from sent
    left join answered on sent.object_id = answered.object_id
    group by sent.object_id

),

-- The step that parks each property; what it says is in its record, which is read once.
parking as (

    select
        object_id,
        {by_property("max(case when property = {name} then record_id end)", "")}
    from crm_sync.parked
    where destination = $destination
    group by object_id

),

refused as (

    select object_id, record_id, error_category, {texts} as told
    from crm_sync.sync_records
    where destination = $destination and outcome = 'rejected'

),

parked as (

    select
        parking.object_id,
        {
        by_property(
            "max(case when refused.record_id = parking.{column} then refused.told[{place}] end)",
            PARKED,
        )
    },
        {
        by_property(
            "max(case when refused.record_id = parking.{column} "
            "and refused.error_category is distinct from 'ROLLED_BACK' "
            "then cast(refused.record_id as varchar) end)",
            BY,
        )
    }
    from parking
    inner join refused on parking.object_id = refused.object_id
    group by parking.object_id

),

standing as (

    select
        parked.object_id,
        {still}
    from parked
    inner join wanted on parked.object_id = wanted.object_id

),

compared as (

    select
        wanted.object_id,
        wanted.lead_id,
        wanted.change_id,
        {", ".join(f"{wanted[name]}" for name in properties)},
        {", ".join(f"{told_before[name]} as {_name(name + TOLD)}" for name in properties)},
        {", ".join(f"{echo[name]} as {_name(name + ECHO)}" for name in properties)},
        {", ".join(f"{ours[name]} as {_name(name + OURS)}" for name in properties)},
        {", ".join(f"{differs[name]} as {_name(name + OPEN)}" for name in properties)},
        baseline.object_id is null as is_new
    from wanted
    left join baseline on wanted.object_id = baseline.object_id
    left join doubts on wanted.object_id = doubts.object_id
    left join standing on wanted.object_id = standing.object_id

),

differences as materialized (

    select * from compared as differences
    where {" or ".join(is_open.values())}

),

parts as (
{parts}

),

final as (

    select
        row_number() over (
            order by is_objection desc, is_objection_changed desc, parts.object_id
        ) as sequence,
        parts.object_id,
        parts.lead_id,
        parts.change_id,
        parts.properties,
        parts.before,
        parts.record,
        case when last_steps.outcome in ('retry', 'unknown') then last_steps.attempt + 1 else 1 end
            as attempt,
        parts.echo,
        cast(null as varchar) as sent_to,
        parts.ours,
        parts.is_new,
        parts.is_objection
    from parts
    left join last_steps on parts.object_id = last_steps.object_id

)

select * from final
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
