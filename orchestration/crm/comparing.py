"""Compare the plan with what the CRM holds: what to send, what stands, what somebody edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from orchestration.crm.desk import Desk
from orchestration.crm.destination import Change, Found, Outcome
from orchestration.crm.draft import Draft
from orchestration.crm.planning import Plan
from orchestration.crm.steps import Step, now
from orchestration.crm.survivors import Survivors
from orchestration.crm.three_way import Conflict, decide
from orchestration.crm.waves import callers, look_ahead


@dataclass
class Compared:
    """A plan once the CRM was asked: its draft, and what people edited against it."""

    draft: Draft
    conflicts: list[tuple[Change, Conflict]] = field(default_factory=list)
    """Those that are not on record yet."""


def compare(desk: Desk, plan: Plan) -> Compared:
    """Ask the CRM about every record of a plan, and draft what to do."""
    found = Compared(Draft(desk.ledger))
    found.draft.begin()
    survivors = Survivors(desk)
    with callers(desk.crm) as pool:
        for pairs in look_ahead(pool, desk.crm, plan.rows(), lambda row: row.change):
            known = _on_record(desk, [row.change.object_id for row, _ in pairs])
            stand_ins = survivors.stand_in(pairs)
            steps: list[Step] = []
            for row, there in pairs:
                change = replace(row.change, properties=row.not_parked)
                if instead := stand_ins.get(change.object_id):
                    change, there = instead
                step = _decided(desk, change, there, known, found.conflicts)
                if step is not None:
                    steps.append(step)
                    found.draft.new += row.is_new and step.outcome is Outcome.PLANNED
            found.draft.add(steps)
    return found


def _decided(
    desk: Desk,
    change: Change,
    there: Found,
    known: set[tuple[str, Conflict]],
    conflicts: list[tuple[Change, Conflict]],
) -> Step | None:
    if not change.properties:
        return None
    if there.gone:
        return Step(change, Outcome.REJECTED, there.gone, 404)
    if there.survivor_id:
        return _merged(desk, change, there)
    decision = decide(change, there, desk.properties)
    fresh = [each for each in decision.conflicts if (change.object_id, each) not in known]
    conflicts += [(change, each) for each in fresh]
    if decision.send:
        send = {**decision.send, **decision.settled}
        before = {name: there.values.get(name) or "" for name in send}
        return Step(replace(change, properties=send, before=before), Outcome.PLANNED)
    if decision.settled:
        echo = {name: there.values.get(name) or "" for name in decision.settled}
        held = replace(change, properties=decision.settled, before={})
        return Step(held, Outcome.ACKNOWLEDGED, "the CRM holds it already", echo=echo)
    if fresh:
        names = ", ".join(each.property for each in fresh)
        return Step(change, Outcome.SKIPPED, f"edited in the CRM: {names}")
    return None


def _merged(desk: Desk, change: Change, there: Found) -> Step:
    """Two records became one in the CRM: the survivor's own row speaks, but for objections."""
    if desk.is_objection(change) and there.values.get(desk.objection) != "true":
        told = replace(
            change,
            properties={desk.objection: "true"},
            before={desk.objection: there.values.get(desk.objection) or ""},
            sent_to=there.survivor_id,
        )
        return Step(told, Outcome.PLANNED)
    reason = f"merged into {there.survivor_id} in the CRM, which speaks for both"
    return Step(change, Outcome.REJECTED, reason)


def _on_record(desk: Desk, object_ids: Sequence[str]) -> set[tuple[str, Conflict]]:
    """The latest conflict on record about each property of some records."""
    found = desk.connection.execute(
        "select object_id, property, policy, wanted, told, found from ("
        "select *, row_number() over (partition by object_id, property order by recorded_at desc) "
        "as recency from crm_sync.sync_conflicts "
        "where destination = ? and object_id = any(?)) as conflicts where recency = 1",
        [desk.crm.name, list(object_ids)],
    ).fetchall()
    return {(str(object_id), Conflict(*each)) for object_id, *each in found}


def write_conflicts(desk: Desk, run: str, conflicts: Sequence[tuple[Change, Conflict]]) -> None:
    """Put on record what people edited, with who it was and when, where the CRM says."""
    for start in range(0, len(conflicts), desk.crm.batch_size or 100):
        some = conflicts[start : start + (desk.crm.batch_size or 100)]
        edits = desk.crm.edits(
            sorted({change.target for change, _ in some}),
            sorted({conflict.property for _, conflict in some}),
        )
        for change, each in some:
            edit = edits.get(change.target, {}).get(each.property)
            desk.connection.execute(
                "insert into crm_sync.sync_conflicts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(run, desk.crm.name, change.object_id, change.lead_id, each.property),
                    *(each.policy, each.wanted, each.told, each.found),
                    *((edit.by, edit.at) if edit else (None, None)),
                    now(),
                ],
            )
