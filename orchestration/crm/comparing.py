"""Compare the plan with what the CRM holds: what to send, what stands, what somebody edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.crm.deciding import Decided, DraftedConflicts, Fresh, decide_all
from orchestration.crm.desk import Desk
from orchestration.crm.destination import Change, Found, Outcome
from orchestration.crm.draft import Draft
from orchestration.crm.planning import Plan, Planned
from orchestration.crm.steps import Step
from orchestration.crm.survivors import Survivors
from orchestration.crm.waves import callers, look_ahead

UNSAID = "the CRM did not say what it holds of this record"


@dataclass
class Compared:
    """A plan once the CRM was asked: its draft, and what people edited against it."""

    draft: Draft
    conflicts: DraftedConflicts
    """Those that are not on record yet."""


def compare(desk: Desk, plan: Plan) -> Compared:
    """Ask the CRM about every record of a plan, and draft what to do."""
    found = Compared(Draft(desk.ledger), DraftedConflicts(desk))
    found.draft.begin()
    survivors = Survivors(desk)
    with callers(desk.crm) as pool:
        for pairs in look_ahead(pool, desk.crm, plan.rows(), lambda row: row.change):
            stood_in = survivors.stand_in(pairs)
            steps: list[Step] = []
            conflicts: list[Fresh] = []
            for is_new, step in _steps(desk, stood_in, conflicts):
                steps.append(step)
                found.draft.new += is_new and step.outcome is Outcome.PLANNED
            found.draft.add(steps)
            found.conflicts.add(conflicts)
    return found


def _steps(
    desk: Desk, pairs: Sequence[tuple[Planned, Found]], conflicts: list[Fresh]
) -> Iterator[tuple[bool, Step]]:
    """What to do about each record, where there is something to do; and whether it is a new one."""
    asked = [(row.change, there) for row, there in pairs if _is_there(there)]
    decided = iter(decide_all(desk, asked, desk.properties))
    for row, there in pairs:
        change = row.change
        if there.is_unsaid:
            yield row.is_new, Step(change, Outcome.RETRY, UNSAID)
        elif there.gone:
            yield row.is_new, Step(change, Outcome.REJECTED, there.gone, 404)
        elif there.survivor_id:
            yield row.is_new, _merged(desk, change, there)
        else:
            this = next(decided)
            conflicts += this.fresh
            step = _step(change, there, this)
            if step is not None:
                yield row.is_new, step


def _is_there(there: Found) -> bool:
    return not (there.gone or there.is_unsaid or there.survivor_id)


def _step(change: Change, there: Found, decided: Decided) -> Step | None:
    decision = decided.decision
    if decision.send:
        send = {**decision.send, **decision.settled}
        before = {name: there.values.get(name) or "" for name in send}
        return Step(replace(change, properties=send, before=before), Outcome.PLANNED)
    if decision.settled:
        return held_already(change, there, decision.settled)
    if decided.fresh:
        names = ", ".join(each.conflict.property for each in decided.fresh)
        return Step(change, Outcome.SKIPPED, f"edited in the CRM: {names}")
    return None


def held_already(change: Change, there: Found, settled: Mapping[str, str]) -> Step:
    """What the CRM holds as we want it is acknowledged without a word."""
    echo = {name: there.values.get(name) or "" for name in settled}
    held = replace(change, properties=settled, before={})
    return Step(held, Outcome.ACKNOWLEDGED, "the CRM holds it already", echo=echo)


def _merged(desk: Desk, change: Change, there: Found) -> Step:
    """Two records became one in the CRM: the survivor's own row speaks, but for objections."""
    told = told_to_survivor(desk, change, there)
    if told is not None:
        return Step(told, Outcome.PLANNED)
    reason = f"merged into {there.survivor_id} in the CRM, which speaks for both"
    return Step(change, Outcome.REJECTED, reason)


def told_to_survivor(desk: Desk, change: Change, there: Found) -> Change | None:
    """The objections of a record that was merged away, which its survivor has to be told."""
    untold = [name for name in desk.objections(change) if there.values.get(name) != "true"]
    if not untold:
        return None
    return replace(
        change,
        properties=dict.fromkeys(untold, "true"),
        before={name: there.values.get(name) or "" for name in untold},
        sent_to=there.survivor_id,
    )
