"""Roll back: give records what the CRM held before a run, where nobody changed them since."""

from __future__ import annotations

from dataclasses import replace

from orchestration.crm.comparing import UNSAID
from orchestration.crm.desk import Desk, TwoWayReport
from orchestration.crm.destination import ROLLED_BACK as CATEGORY
from orchestration.crm.destination import Change, Found, Outcome
from orchestration.crm.draft import Draft
from orchestration.crm.pushing import push
from orchestration.crm.steps import Step
from orchestration.crm.three_way import is_same
from orchestration.crm.waves import callers, look_ahead
from orchestration.errors import UnusableInputError

ROLLED_BACK = "rolled back: waits until the mart says something else, or somebody releases it"


def roll_back(desk: Desk, run: str, *, started_by: str) -> TwoWayReport:
    """Take a run back, through the same ledger.

    Objections stay. What was taken back is not sent again until the mart says something else.

    Raises:
        UnusableInputError: there is no such run, or it sent nothing.
    """
    desk.open()
    desk.settle()
    draft = Draft(desk.ledger)
    draft.begin()
    with callers(desk.crm) as pool:
        done = desk.ledger.acknowledged(run)
        for pairs in look_ahead(pool, desk.crm, done, lambda each: each):
            draft.add([step for change, there in pairs for step in _back(desk, change, there)])
    if draft.steps == 0:
        raise UnusableInputError(f"Sync {run} of {desk.crm.name} sent nothing to take back.")
    name = desk.ledger.free_name(f"rollback-{run}")
    planned = sum(1 for _ in draft.to_send())
    with desk.connection.transaction():
        desk.ledger.begin(
            name, mode="rollback", state="running", started_by=started_by, planned=planned
        )
        desk.ledger.take_draft(name)
    return TwoWayReport(name, "done", counts=push(desk, name, is_rollback=True))


def _back(desk: Desk, change: Change, there: Found) -> list[Step]:
    """A record's way back: what was there before the run, if what the run sent still is.

    What is taken back is parked first, so that no sync says it again, however this one ends.
    """
    if there.is_unsaid:
        return [Step(change, Outcome.RETRY, UNSAID)]
    if there.gone:
        return [Step(change, Outcome.REJECTED, there.gone, 404)]
    if there.survivor_id and there.survivor_id != change.target:
        return [Step(change, Outcome.SKIPPED, f"merged into {there.survivor_id} since then")]
    edited = [
        name
        for name, sent in change.properties.items()
        if not any(
            is_same(desk.kind(name), there.values.get(name) or "", ours)
            for ours in (sent, change.echo.get(name) or sent)
        )
    ]
    objected = desk.objections(change)
    kept = {
        name: value
        for name, value in change.before.items()
        if name not in edited and name not in objected
    }
    if not kept:
        reason = "an objection stays" if objected else "changed in the CRM since then"
        return [Step(change, Outcome.SKIPPED, reason)]
    back = replace(
        change,
        properties={name: value or "" for name, value in kept.items()},
        before={name: there.values.get(name) or "" for name in kept},
    )
    said = replace(change.only(kept), before={})
    return [
        Step(said, Outcome.REJECTED, ROLLED_BACK, error_category=CATEGORY),
        Step(back, Outcome.PLANNED),
    ]
