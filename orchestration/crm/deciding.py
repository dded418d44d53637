"""What to send of some changes, given what the CRM holds; and what people edited there.

A conflict that is not on record yet is looked up in the CRM's history: where the last change was
our own, which we heard nothing of, it is no edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.crm.desk import Desk
from orchestration.crm.destination import Change, Edit, Found
from orchestration.crm.mapping import Property
from orchestration.crm.steps import now
from orchestration.crm.three_way import Conflict, Decision, decide


@dataclass(frozen=True)
class Fresh:
    """A conflict that is not on record yet, and who edited, where the CRM says."""

    change: Change
    conflict: Conflict
    edit: Edit | None


@dataclass(frozen=True)
class Decided:
    """What to do about a change."""

    decision: Decision
    fresh: Sequence[Fresh] = ()


def decide_all(
    desk: Desk, pairs: Sequence[tuple[Change, Found]], properties: Mapping[str, Property]
) -> list[Decided]:
    """What may be sent of each change, in their order."""
    decisions = [decide(change, there, properties) for change, there in pairs]
    disputed = [
        (change, decision)
        for (change, _), decision in zip(pairs, decisions, strict=True)
        if decision.conflicts
    ]
    if not disputed:
        return [Decided(each) for each in decisions]
    known = _on_record(desk, [change.object_id for change, _ in disputed])
    edits = _edits(desk, disputed, known)
    return [
        _without_ours(change, there, decision, properties, known, edits)
        for (change, there), decision in zip(pairs, decisions, strict=True)
    ]


_Known = set[tuple[str, ...]]
_Edits = Mapping[str, Mapping[str, Edit]]


def _without_ours(
    change: Change,
    there: Found,
    decision: Decision,
    properties: Mapping[str, Property],
    known: _Known,
    edits: _Edits,
) -> Decided:
    by = edits.get(change.target, {})
    ours = {
        each.property: [*change.ours.get(each.property, ()), each.found]
        for each in decision.conflicts
        if each.property in by and _is_ours(change, each, by[each.property])
    }
    if ours:
        decision = decide(replace(change, ours={**change.ours, **ours}), there, properties)
    fresh = [
        Fresh(change, each, by.get(each.property))
        for each in decision.conflicts
        if _key(change, each) not in known
    ]
    return Decided(decision, fresh)


def _is_ours(change: Change, conflict: Conflict, edit: Edit) -> bool:
    """Whether the app that set the value also set what we told before: that is us."""
    name = conflict.property
    told = {conflict.told, change.echo.get(name), *change.ours.get(name, ())} - {None, ""}
    return edit.app != "" and edit.app in {edit.apps.get(str(value)) for value in told}


def _edits(desk: Desk, disputed: Sequence[tuple[Change, Decision]], known: _Known) -> _Edits:
    """Who edited what is not on record yet."""
    asked = [
        (change.target, each.property)
        for change, decision in disputed
        for each in decision.conflicts
        if _key(change, each) not in known
    ]
    targets = sorted({target for target, _ in asked})
    names = sorted({name for _, name in asked})
    found: dict[str, Mapping[str, Edit]] = {}
    size = desk.crm.batch_size or 100
    for start in range(0, len(targets), size):
        found |= desk.crm.edits(targets[start : start + size], names)
    return found


def _on_record(desk: Desk, object_ids: Sequence[str]) -> _Known:
    """The latest conflict on record about each property of some records."""
    found = desk.connection.execute(
        "select object_id, property, policy, wanted, found from ("
        "select *, row_number() over (partition by object_id, property order by recorded_at desc) "
        "as recency from crm_sync.sync_conflicts "
        "where destination = ? and object_id = any(?)) as conflicts where recency = 1",
        [desk.crm.name, list(object_ids)],
    ).fetchall()
    return {tuple(map(str, each)) for each in found}


def _key(change: Change, each: Conflict) -> tuple[str, ...]:
    """A conflict as it is known: what we told last may have changed without its changing."""
    return (change.object_id, each.property, each.policy, each.wanted, each.found)


def write_conflicts(desk: Desk, run: str, conflicts: Sequence[Fresh]) -> None:
    """Put on record what people edited."""
    if conflicts:
        desk.connection.temp_rows(_BROUGHT, _COLUMNS, list(map(_row_of, conflicts)))
        _write(desk, run, _BROUGHT)


class DraftedConflicts:
    """What people edited against a plan, in a temporary table until the plan is written down.

    A CRM may disagree about every record.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.count = 0
        columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in _COLUMNS.items())
        desk.connection.temp_table(
            _DRAFTED, f"select {columns} from (select 1 as nothing) as one where 1 = 0"
        )

    def add(self, conflicts: Sequence[Fresh]) -> None:
        """Take some in."""
        if conflicts:
            connection = self.desk.connection
            connection.temp_rows(_BROUGHT, _COLUMNS, list(map(_row_of, conflicts)))
            connection.execute(
                f"insert into {connection.temp(_DRAFTED)} select * from {connection.temp(_BROUGHT)}"
            )
            self.count += len(conflicts)

    def write(self, run: str) -> None:
        """Put them on record."""
        if self.count:
            _write(self.desk, run, _DRAFTED)


def _write(desk: Desk, run: str, table: str) -> None:
    desk.connection.execute(
        f"insert into crm_sync.sync_conflicts (run, destination, {', '.join(_COLUMNS)}, "
        f"recorded_at) select ?, ?, {', '.join(_COLUMNS)}, cast(? as timestamp) "
        f"from {desk.connection.temp(table)}",
        [run, desk.crm.name, now()],
    )


_BROUGHT, _DRAFTED = "crm_conflicts", "crm_drafted_conflicts"
_COLUMNS = dict.fromkeys(
    (
        *("object_id", "lead_id", "property", "policy", "wanted", "told", "found"),
        *("edited_by", "edited_at"),
    ),
    "varchar",
)


def _row_of(each: Fresh) -> tuple[object, ...]:
    change, conflict, edit = each.change, each.conflict, each.edit
    return (
        *(change.object_id, change.lead_id, conflict.property),
        *(conflict.policy, conflict.wanted, conflict.told, conflict.found),
        *((edit.by, edit.at) if edit else (None, None)),
    )
