"""Properties that a CRM lets go back only once they are empty: emptied for a moment, on record.

Whatever comes between the two requests, the ledger knows who emptied it: an empty value is then no
edit, and what cannot be finished is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.crm.destination import CLEARED_FIRST, Change, ClearsFirst, Crm, Outcome
from orchestration.crm.steps import Step

if TYPE_CHECKING:
    from orchestration.crm.desk import Desk


def clearings(crm: Crm, changes: Sequence[Change]) -> list[Change]:
    """What has to be emptied before these changes may be sent."""
    if not isinstance(crm, ClearsFirst):
        return []
    return [
        replace(each.only(names), properties=dict.fromkeys(names, ""))
        for each in changes
        if (names := crm.to_clear(each))
    ]


def put_back(desk: Desk, run: str, cleared: Sequence[Change]) -> None:
    """Give properties back what they were before they were emptied, where they still are empty.

    Args:
        desk: where.
        run: the run that emptied them.
        cleared: the clearings, with what was there before.
    """
    size = desk.crm.batch_size or 100
    for start in range(0, len(cleared), size):
        some = cleared[start : start + size]
        names = sorted({name for each in some for name in each.properties})
        found = desk.crm.look([each.target for each in some], names)
        backs = [
            replace(each, properties=former, before=dict.fromkeys(former, ""))
            for each, there in zip(some, found, strict=True)
            if not (there.gone or there.is_unsaid)
            and (
                former := {
                    name: value
                    for name, value in each.before.items()
                    if value and not there.values.get(name)
                }
            )
        ]
        reason = "given back: what comes after it was not taken"
        with desk.connection.transaction():
            desk.ledger.note(run, [_step(each, Outcome.SENT, reason) for each in backs])
        by_sequence = {each.sequence: each for each in backs}
        answers = list(desk.crm.push(run, backs))
        with desk.connection.transaction():
            desk.ledger.note(
                run,
                [
                    _step(by_sequence[each.sequence], each.outcome, each.reason or reason)
                    for each in answers
                ],
            )


def _step(change: Change, outcome: Outcome, reason: str) -> Step:
    return Step(change, outcome, reason, error_category=CLEARED_FIRST)
