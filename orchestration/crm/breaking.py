"""Records whose update breaks inside the CRM (500), sync after sync, while others are taken.

Once may be the CRM's own bad moment, so nobody is parked for it. Three syncs in which it took
others are the record's fault: a flow or a trigger that fails on what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.crm.destination import BROKE, Outcome
from orchestration.crm.steps import Step

if TYPE_CHECKING:
    from orchestration.crm.desk import Desk

SYNCS = 3
"""In so many syncs a record breaks the CRM before it is parked, this one included."""


def parked(desk: Desk, run: str, steps: Sequence[Step]) -> list[Step]:
    """What became of a wave; records that broke the CRM once too often are refused."""
    takes_others = any(
        each.outcome is Outcome.ACKNOWLEDGED and each.http_status is not None for each in steps
    )
    return [_parked(desk, run, each, takes_others=takes_others) for each in steps]


def _parked(desk: Desk, run: str, step: Step, *, takes_others: bool) -> Step:
    if step.error_category != BROKE:
        return step
    found = desk.connection.execute(
        "select count(distinct run), min(record_id) from crm_sync.sync_records as broken "
        "where destination = $destination and object_id = $object_id and error_category = $broke "
        "and run <> $run and not exists (select 1 from crm_sync.sync_records as later "
        "where later.destination = $destination and later.object_id = $object_id "
        "and later.record_id > broken.record_id and later.outcome in ('acknowledged', 'released'))",
        {
            "destination": desk.crm.name,
            "object_id": step.change.object_id,
            "broke": BROKE,
            "run": run,
        },
    ).fetchone()
    assert found is not None
    before, first = found
    if before < SYNCS - 1 or not (takes_others or _took_others(desk, first)):
        return step
    reason = f"{step.reason}, in {before + 1} syncs, and took others"
    return replace(step, outcome=Outcome.REJECTED, reason=reason)


def _took_others(desk: Desk, since: int) -> bool:
    """Whether the CRM took an update since a row of the ledger."""
    found = desk.connection.execute(
        "select 1 from crm_sync.sync_records where destination = ? and record_id > ? "
        "and outcome = 'acknowledged' and http_status is not null limit 1",
        [desk.crm.name, since],
    ).fetchone()
    return found is not None
