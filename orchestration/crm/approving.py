"""Approve: let a plan go that was held, exactly as it was planned, or not at all."""

from __future__ import annotations

import json
from itertools import groupby

from orchestration.crm.desk import Desk, TwoWayReport
from orchestration.crm.destination import Outcome
from orchestration.crm.draft import digest
from orchestration.crm.planning import make_plan
from orchestration.crm.pushing import push
from orchestration.crm.steps import now
from orchestration.errors import UnusableInputError


def approve(desk: Desk, run: str, approved_by: str) -> TwoWayReport:
    """Send a plan that was held.

    Records that the marts say otherwise by now are superseded.

    Raises:
        UnusableInputError: nothing of that name waits, or its plan is not what was written.
    """
    desk.open()
    state, planned_hash, mapping = _held(desk, run)
    if state != "awaiting_approval":
        raise UnusableInputError(f"Sync {run} of {desk.crm.name} is {state}: nothing waits.")
    if mapping != desk.mapping.fingerprint():
        raise UnusableInputError(
            f"The mapping of {desk.crm.name} is not the one sync {run} was planned with. Nothing "
            f"was sent. Plan anew: leadger crm push {desk.crm.name}"
        )
    desk.settle()
    if digest(desk.mapping, desk.ledger.waiting(run)) != planned_hash:
        raise UnusableInputError(
            f"The plan of sync {run} is not the one that was written down: its digest differs. "
            "Nothing was sent. Look at crm_sync.sync_records, and plan anew."
        )
    with desk.connection.transaction():
        make_plan(desk.connection, desk.mapping, desk.crm, desk.schema)
    stale = _stale(desk, run)
    with desk.connection.transaction():
        reason = "the marts say something else by now"
        desk.ledger.close(run, stale, Outcome.SUPERSEDED, reason)
        desk.connection.execute(
            "insert into crm_sync.sync_approvals values (?, ?, ?, ?, ?)",
            [run, desk.crm.name, planned_hash, approved_by, now()],
        )
        desk.ledger.resume(run)
    return TwoWayReport(run, "done", plan_hash=planned_hash, counts=push(desk, run))


def _held(desk: Desk, run: str) -> tuple[str, str, str]:
    """The state of a run, the digest of its plan and the mapping's fingerprint."""
    found = desk.connection.execute(
        "select runs.state, plans.plan_hash, plans.mapping from crm_sync.sync_runs as runs "
        "inner join crm_sync.sync_plans as plans "
        "on runs.run = plans.run and runs.destination = plans.destination "
        "where runs.run = ? and runs.destination = ?",
        [run, desk.crm.name],
    ).fetchone()
    if found is None:
        raise UnusableInputError(f"There is no sync {run!r} with {desk.crm.name}.")
    return str(found[0]), str(found[1]), str(found[2])


def _stale(desk: Desk, run: str) -> list[int]:
    """Records of a plan that the marts, compared anew, want otherwise or no more; by sequence."""
    rows = desk.connection.stream(
        "select held.sequence, held.properties, coalesce(plan.properties, '{}') "
        "from crm_sync.sync_records as held "
        "left join crm_sync.plan as plan on held.object_id = plan.object_id "
        "where held.run = $run and held.destination = $destination and held.outcome = 'held' "
        "order by held.sequence",
        {"run": run, "destination": desk.crm.name},
    )
    stale = []
    for (sequence, held), fresh in groupby(rows, key=lambda row: (int(row[0]), str(row[1]))):
        wanted = {name: value for row in fresh for name, value in json.loads(row[2]).items()}
        if any(wanted.get(name) != value for name, value in json.loads(held).items()):
            stale.append(sequence)
    return stale
