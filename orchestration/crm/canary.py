"""The canary: the first records of a sync are looked at before the rest leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orchestration.crm.desk import Desk
from orchestration.crm.destination import CANARY_FAILED, Found, Outcome, StopError
from orchestration.crm.steps import Step
from orchestration.crm.three_way import is_same


class CanaryError(StopError):
    """The first records of a sync were not taken as they should be."""


def verified(desk: Desk, steps: Sequence[Step]) -> tuple[list[Step], str | None]:
    """Read back what was acknowledged; what is not there is unknown, and a reason to stop."""
    done = [step for step in steps if step.outcome is Outcome.ACKNOWLEDGED]
    if not done:
        return list(steps), None
    names = sorted({name for each in done for name in each.change.properties})
    found = dict(
        zip(map(id, done), desk.crm.look([each.change.target for each in done], names), strict=True)
    )
    told: list[Step] = []
    wrong: str | None = None
    for step in steps:
        if step.outcome is not Outcome.ACKNOWLEDGED:
            told.append(step)
            continue
        missing = list(_missing(desk, step, found[id(step)]))
        if not missing:
            told.append(step)
            continue
        said = f"acknowledged, and not there: {', '.join(missing)}"
        if held := [name for name in step.change.properties if name not in missing]:
            told.append(replace(step, change=step.change.only(held)))
        told.append(
            Step(
                *(step.change.only(missing), Outcome.UNKNOWN, said, step.http_status),
                error_category=CANARY_FAILED,
            )
        )
        wrong = wrong or (
            f"The CRM acknowledged {missing[0]} of record {step.change.object_id} and does not "
            "hold it."
        )
    return told, wrong


def _missing(desk: Desk, step: Step, there: Found) -> Iterator[str]:
    for name, wanted in step.change.properties.items():
        held = there.values.get(name) or ""
        echo = (step.echo or {}).get(name) or ""
        kind = desk.kind(name)
        if not is_same(kind, held, wanted) and not is_same(kind, held, echo):
            yield name


def refused_together(steps: Sequence[Step]) -> tuple[list[Step], str | None]:
    """Records that are all refused, each by itself, for what they say: it is hardly their fault.

    The first time none of them is parked; when they were planned again they are.
    """
    is_systemic = len(steps) > 1 and all(
        step.outcome is Outcome.REJECTED and step.http_status == 400 and step.change.attempt == 1
        for step in steps
    )
    if not is_systemic:
        return list(steps), None
    told = [replace(step, outcome=Outcome.RETRY, error_category=CANARY_FAILED) for step in steps]
    return told, f"The CRM refused all of the first records: {steps[0].reason}."
