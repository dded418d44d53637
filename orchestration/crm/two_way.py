"""Sync with a CRM that can be asked: plan, hold what somebody has to look at, push the rest.

The order of things: what an earlier run left open is settled by asking the CRM; what changed since
the last acknowledgement is compared with what the CRM holds; the breaker looks at the plan; what
leaves is written down and committed before the call. A plan that was held goes exactly as it was
approved, or not at all.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from orchestration.crm.breaker import Figures, reasons_to_hold
from orchestration.crm.comparing import Compared, compare
from orchestration.crm.desk import Desk, Marts, TwoWayReport
from orchestration.crm.destination import Outcome
from orchestration.crm.draft import Digest
from orchestration.crm.mapping import Property
from orchestration.crm.planning import make_plan, write_plan_file
from orchestration.crm.pushing import push
from orchestration.crm.steps import now
from orchestration.crm.waiting import still_waits

_RANKS = {"lead": 1, "nurturing": 1, "mql": 2, "sql": 3, "prospect": 4, "customer": 5}
"""How far a stage is; leaving the funnel is no way back in it."""


def sync(
    desk: Desk,
    run_id: str,
    *,
    started_by: str,
    dry_run: bool,
    marts: Marts,
    leaves_waiting: bool = False,
) -> TwoWayReport:
    """Plan; push what may go, hold what somebody has to look at.

    Where it `leaves_waiting`, a plan that somebody still has time to approve is left alone, and
    nothing is told but new objections, which wait for nobody.

    Raises:
        UnusableInputError: the mapping fits neither the CRM nor `crm_lead_status`.
        StopError: the CRM takes nothing more now.
    """
    desk.open()
    settled = 0 if dry_run else desk.settle()
    waiting = still_waits(desk) if leaves_waiting else None
    run = desk.ledger.free_name(run_id)
    with desk.connection.transaction():
        plan = make_plan(desk.connection, desk.mapping, desk.crm, desk.schema)
        if waiting is not None:
            plan = plan.only_objections()
    if waiting is not None and (not plan.records or _rows_before(desk) is None):
        waiting.settled = settled
        return waiting
    compared = compare(desk, plan)
    figures, plan_hash, held_hash = _look_over(desk, compared, marts)
    reasons = reasons_to_hold(figures, desk.mapping.limits) if figures.planned else []
    is_split = bool(reasons) and held_hash != plan_hash and figures.rows_before is not None
    if is_split and held_hash == Digest(desk.mapping).text():
        reasons, is_split = [], False  # nothing but objections, which nobody holds up
    elif is_split:
        plan_hash = held_hash
    report = TwoWayReport(
        *(run, "nothing", figures, reasons, plan_hash),
        objections=plan.objections,
        settled=settled,
        conflicts=compared.conflicts.count,
        left_waiting=waiting.run if waiting is not None else "",
        waits_until=waiting.waits_until if waiting is not None else None,
    )
    if not compared.draft.steps and not compared.conflicts.count:
        return report
    if reasons and not (dry_run or is_split) and (same := _waits_already(desk, plan_hash)):
        report.run, report.state = same, "awaiting_approval"
        return report
    report.state = "dry_run" if dry_run else "awaiting_approval" if reasons else "done"
    with desk.connection.transaction():
        _write_plan(desk, report, compared, started_by, is_split=is_split)
    if dry_run or reasons:
        to_send = compared.draft.to_send()
        report.file = write_plan_file(to_send, desk.mapping, desk.outbox, run)
        if is_split and not dry_run:
            report.counts = push(desk, run, but_held=True)
        return report
    report.counts = push(desk, run)
    return report


def _look_over(desk: Desk, compared: Compared, marts: Marts) -> tuple[Figures, str, str]:
    """A draft in figures, its digest, and the digest of it without objections."""
    stage = next((each for each in desk.mapping.properties if each.column == "stage"), None)
    closing = frozenset(desk.mapping.closing)
    backward = 0
    cleared: dict[str, int] = {}
    lifted: dict[str, int] = {}
    whole, others = Digest(desk.mapping), Digest(desk.mapping)
    for change in compared.draft.to_send():
        whole.add(change)
        if not desk.is_objection(change):
            others.add(change)
        for name, value in change.properties.items():
            if value == "" and change.before.get(name):
                cleared[name] = cleared.get(name, 0) + 1
            if name in closing and value != "true" and change.before.get(name) == "true":
                lifted[name] = lifted.get(name, 0) + 1
            if stage is not None and name == stage.property:
                backward += _goes_back(stage, change.before.get(name) or "", value)
    rows = desk.connection.execute(
        f'select count(*) from "{desk.schema}".crm_lead_status'
    ).fetchone()
    assert rows is not None
    interrupted = _approved_and_interrupted(desk)
    figures = Figures(
        rows=int(rows[0]),
        rows_before=_rows_before(desk),
        planned=compared.draft.records_to_send(),
        new=compared.draft.new,
        backward=backward,
        cleared={name: (count, _told(desk, name, "<> ''")) for name, count in cleared.items()},
        lifted={name: (count, _told(desk, name, "= 'true'")) for name, count in lifted.items()},
        hours_old=marts.hours_old,
        failed_checks=marts.failed_checks,
        failed_canary=desk.ledger.failed_canary(),
        rest_of=interrupted if interrupted and compared.draft.is_rest_of(interrupted) else None,
    )
    return figures, whole.text(), others.text()


def _goes_back(stage: Property, before: str, after: str) -> bool:
    """Whether a stage, in the CRM's words, goes back in the funnel."""
    ours = {stage.values.get(name, name): rank for name, rank in _RANKS.items()}
    return before in ours and after in ours and ours[after] < ours[before]


def _rows_before(desk: Desk) -> int | None:
    """Records in the mart at the last sync that told something."""
    found = desk.connection.execute(
        "select plans.rows_in_mart from crm_sync.sync_plans as plans "
        "inner join crm_sync.sync_runs as runs "
        "on plans.run = runs.run and plans.destination = runs.destination "
        "where plans.destination = ? and runs.mode = 'push' "
        "and runs.state in ('done', 'interrupted') and runs.acknowledged > 0 "
        "order by plans.planned_at desc limit 1",
        [desk.crm.name],
    ).fetchone()
    return int(found[0]) if found else None


def _approved_and_interrupted(desk: Desk) -> str | None:
    """The last sync, if somebody approved it and it was cut short."""
    found = desk.connection.execute(
        "select runs.run, runs.state, approvals.run from crm_sync.sync_runs as runs "
        "left join crm_sync.sync_approvals as approvals "
        "on runs.run = approvals.run and runs.destination = approvals.destination "
        "where runs.destination = ? and runs.mode = 'push' order by runs.started_at desc limit 1",
        [desk.crm.name],
    ).fetchone()
    return str(found[0]) if found and found[1] == "interrupted" and found[2] else None


def _told(desk: Desk, name: str, which: str) -> int:
    """Records whose last acknowledged value of a property is such, in SQL."""
    latest = desk.connection.words.latest("value", "record_id")
    found = desk.connection.execute(
        f"select count(*) from (select object_id, {latest} as value from ("
        "select object_id, record_id, (properties ->> ?) as value from crm_sync.sync_records "
        "where destination = ? and outcome = 'acknowledged') as told group by object_id"
        f") as held where value {which}",
        [name, desk.crm.name],
    ).fetchone()
    assert found is not None
    return int(found[0])


def _write_plan(
    desk: Desk, report: TwoWayReport, compared: Compared, started_by: str, *, is_split: bool
) -> None:
    assert report.figures is not None
    run, ledger = report.run, desk.ledger
    is_dry = report.state == "dry_run"
    if not is_dry and not report.left_waiting:
        _supersede(desk, run)
    states = {"dry_run": "done", "awaiting_approval": "awaiting_approval"}
    if is_split and not is_dry:
        states = {}
    ledger.begin(
        run,
        mode="dry_run" if is_dry else "push",
        state=states.get(report.state, "running"),
        started_by=started_by,
        planned=report.figures.planned,
    )
    desk.connection.execute(
        "insert into crm_sync.sync_plans values (?, ?, ?, ?, ?, cast(? as json), "
        "cast(? as json), ?)",
        [
            *(run, desk.crm.name, report.plan_hash, desk.mapping.fingerprint()),
            *(report.figures.rows, json.dumps(asdict(report.figures))),
            *(json.dumps(list(report.reasons)), now()),
        ],
    )
    if is_dry:
        return
    ledger.take_draft(run)
    if report.reasons:
        ledger.hold(run, "; ".join(report.reasons)[:500], desk.mapping.closing if is_split else ())
        if not is_split:
            ledger.finish(run, report.state)
    compared.conflicts.write(run)


def _waits_already(desk: Desk, plan_hash: str) -> str | None:
    """The held sync that planned the very same, if one waits for approval."""
    found = desk.connection.execute(
        "select runs.run from crm_sync.sync_runs as runs "
        "inner join crm_sync.sync_plans as plans "
        "on runs.run = plans.run and runs.destination = plans.destination "
        "where runs.destination = ? and runs.state = 'awaiting_approval' "
        "and plans.plan_hash = ?",
        [desk.crm.name, plan_hash],
    ).fetchone()
    return str(found[0]) if found else None


def _supersede(desk: Desk, run: str) -> None:
    """A later plan takes the place of those that still wait."""
    for older in desk.ledger.runs_in("awaiting_approval"):
        desk.ledger.close_open(older, Outcome.HELD, Outcome.SUPERSEDED, f"planned anew by {run}")
        desk.ledger.finish(older, "superseded")
