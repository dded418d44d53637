"""A plan that waits for approval: how long runs leave it alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from orchestration.crm.breaker import Figures, reasons_to_hold
from orchestration.crm.desk import Desk, TwoWayReport
from orchestration.crm.steps import now


def still_waits(desk: Desk) -> TwoWayReport | None:
    """The plan that waits, if somebody still has time to approve it: `approval_hours`.

    One that was held for its marts alone (their age, a check) does not count: when the marts of a
    later run are in order, it may go without anybody.
    """
    found = desk.connection.execute(
        "select runs.run, plans.plan_hash, cast(plans.figures as varchar), "
        "cast(plans.reasons as varchar), plans.planned_at from crm_sync.sync_runs as runs "
        "inner join crm_sync.sync_plans as plans "
        "on runs.run = plans.run and runs.destination = plans.destination "
        "where runs.destination = ? and runs.state = 'awaiting_approval' "
        "order by plans.planned_at desc limit 1",
        [desk.crm.name],
    ).fetchone()
    if found is None:
        return None
    run, plan_hash, figures_text, reasons, planned_at = found
    figures = Figures(**json.loads(figures_text))
    until: datetime = planned_at + timedelta(hours=desk.mapping.limits.approval_hours)
    in_order = replace(figures, hours_old=0.0, failed_checks=())
    if now() >= until or not reasons_to_hold(in_order, desk.mapping.limits):
        return None
    return TwoWayReport(
        *(run, "waiting", figures, json.loads(reasons), plan_hash),
        left_waiting=run,
        waits_until=until,
    )
