"""Roll back: give records what the CRM held before a run, where nobody changed them since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from orchestration.crm.desk import Desk, TwoWayReport
from orchestration.crm.destination import Change, Found, Outcome
from orchestration.crm.draft import Draft
from orchestration.crm.pushing import push
from orchestration.crm.steps import Step
from orchestration.crm.three_way import is_same
from orchestration.crm.waves import callers, look_ahead
from orchestration.errors import UnusableInputError

ROLLED_BACK = "rolled back: waits until the mart says something else, or somebody releases it"
_AT_ONCE = 5_000


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
            draft.add([_back(desk, change, there) for change, there in pairs])
    if draft.steps == 0:
        raise UnusableInputError(f"Sync {run} of {desk.crm.name} sent nothing to take back.")
    name = desk.ledger.free_name(f"rollback-{run}")
    planned = sum(1 for _ in draft.to_send())
    with desk.connection.transaction():
        desk.ledger.begin(
            name, mode="rollback", state="running", started_by=started_by, planned=planned
        )
        desk.ledger.take_draft(name)
    counts = push(desk, name)
    with desk.connection.transaction():
        parked = _parked(desk, run, name)
        while some := list(islice(parked, _AT_ONCE)):
            desk.ledger.note(name, some)
    return TwoWayReport(name, "done", counts=counts)


def _back(desk: Desk, change: Change, there: Found) -> Step:
    """A record's way back: what was there before the run, if what the run sent still is."""
    if there.gone:
        return Step(change, Outcome.REJECTED, there.gone, 404)
    edited = [
        name
        for name, sent in change.properties.items()
        if not any(
            is_same(desk.properties[name].type, there.values.get(name) or "", ours)
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
        return Step(change, Outcome.SKIPPED, reason)
    back = replace(
        change,
        properties={name: value or "" for name, value in kept.items()},
        before={name: there.values.get(name) or "" for name in kept},
    )
    return Step(back, Outcome.PLANNED)


def _parked(desk: Desk, forward: str, backward: str) -> Iterator[Step]:
    """What was taken back, as what it said before it was: not to be sent again as it is."""
    rows = desk.connection.stream(
        "select back.sequence, back.object_id, back.lead_id, back.change_id, "
        "told.properties, told.before, told.attempt, told.sent_to, "
        "back.properties as taken_back "
        "from crm_sync.sync_records as back inner join crm_sync.sync_records as told "
        "on back.destination = told.destination and back.object_id = told.object_id "
        "where back.destination = $destination and back.run = $back and told.run = $told "
        "and back.outcome = 'acknowledged' and told.outcome = 'acknowledged' "
        "and cast(told.before as varchar) <> '{}' order by back.sequence",
        {"destination": desk.crm.name, "back": backward, "told": forward},
    )
    for sequence, object_id, lead_id, change_id, said, before, attempt, sent_to, back in rows:
        properties = json.loads(said)
        change = Change(
            *(sequence, object_id, lead_id, change_id),
            {name: properties[name] for name in json.loads(back)},
            json.loads(before),
            attempt=attempt,
            sent_to=sent_to,
        )
        yield Step(change, Outcome.REJECTED, ROLLED_BACK)
