"""Push: look again, write down, send, write down the answers; a canary first, objections first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice

from orchestration.crm.desk import Desk
from orchestration.crm.destination import Answer, Change, Found, Outcome, StopError
from orchestration.crm.steps import Step
from orchestration.crm.three_way import decide, is_same
from orchestration.crm.waves import batches, callers, look_ahead


def push(desk: Desk, run: str) -> dict[str, int]:
    """Send what waits in a run; gives counts by outcome.

    Raises:
        StopError: the CRM takes nothing more, or does not hold what it acknowledged.
    """
    waiting = desk.ledger.waiting(run)
    try:
        with callers(desk.crm) as pool:
            if canary := list(islice(waiting, desk.mapping.canary)):
                waves = _send_all(desk, run, canary, pool)
                answers = [answer for answers in waves for answer in answers]
                _verify(desk, canary, answers)
                if next_one := list(islice(waiting, 1)):
                    _see_that_some_were_taken(answers)
                for _ in _send_all(desk, run, chain(next_one, waiting), pool):
                    pass
        with desk.connection.transaction():
            return desk.ledger.finish(run, "done")
    except BaseException:
        desk.ledger.finish(run, "failed")
        raise


def _send_all(
    desk: Desk, run: str, changes: Iterable[Change], pool: ThreadPoolExecutor
) -> Iterator[list[Answer]]:
    """Send wave by wave, no other record while an objection is on its way; gives the answers."""
    for pairs in look_ahead(pool, desk.crm, changes, lambda each: each, desk.is_objection):
        yield _send(desk, run, pairs, pool)


def _send(
    desk: Desk, run: str, pairs: Sequence[tuple[Change, Found]], pool: ThreadPoolExecutor
) -> list[Answer]:
    """Send a wave: what leaves is on record before it does, whatever becomes of it."""
    leaving, kept = _leaving(desk, pairs)
    with desk.connection.transaction():
        desk.ledger.note(run, kept)
        desk.ledger.note(run, [Step(each, Outcome.SENT) for each in leaving])
    calls = [
        (batch, pool.submit(lambda some: list(desk.crm.push(run, some)), batch))
        for batch in batches(leaving, desk.crm)
    ]
    failed: Exception | None = None
    answers: list[Answer] = []
    steps: list[Step] = []
    for batch, call in calls:
        try:
            said = call.result()
        except Exception as error:  # the others' answers are written down before it is raised
            failed = failed or error
            continue
        answers += said
        by_sequence = {each.sequence: each for each in batch}
        for each in said:
            steps += desk.steps_of(by_sequence.pop(each.sequence), each)
        steps += [
            Step(each, Outcome.UNKNOWN, "the answer did not name this record")
            for each in by_sequence.values()
        ]
    with desk.connection.transaction():
        desk.ledger.note(run, steps)
    if failed is not None:
        raise failed
    return answers


def _leaving(desk: Desk, pairs: Sequence[tuple[Change, Found]]) -> tuple[list[Change], list[Step]]:
    """Who may leave, with what the CRM holds this moment; and who stays, and why."""
    leaving: list[Change] = []
    kept: list[Step] = []
    for change, there in pairs:
        if there.gone:
            kept.append(Step(change, Outcome.REJECTED, there.gone, 404))
            continue
        decision = decide(change, there, desk.properties)
        if decision.conflicts:
            edited = ", ".join(each.property for each in decision.conflicts)
            reason = f"edited in the CRM since the plan: {edited}"
            kept.append(Step(change, Outcome.SKIPPED, reason))
            continue
        now_there = {name: there.values.get(name) or "" for name in change.properties}
        leaving.append(replace(change, before=now_there))
    return leaving, kept


def _verify(desk: Desk, canary: Sequence[Change], answers: Sequence[Answer]) -> None:
    """Read the canary back: what was acknowledged has to be there."""
    done = {each.sequence for each in answers if each.outcome is Outcome.ACKNOWLEDGED}
    sent = [each for each in canary if each.sequence in done]
    if not sent:
        return
    names = sorted({name for each in sent for name in each.properties})
    echoes = {each.sequence: each.echo for each in answers}
    found = desk.crm.look([each.target for each in sent], names)
    for change, there in zip(sent, found, strict=True):
        for name, wanted in change.properties.items():
            held = there.values.get(name) or ""
            echo = echoes[change.sequence].get(name)
            kind = desk.properties[name].type
            if not is_same(kind, held, wanted) and not is_same(kind, held, echo or ""):
                raise StopError(
                    f"The CRM acknowledged {name} of record {change.object_id} and does not "
                    "hold it. The rest was not sent."
                )


def _see_that_some_were_taken(answers: Sequence[Answer]) -> None:
    """A canary that was refused to the last record is a reason not to send the others."""
    if answers and all(each.outcome is Outcome.REJECTED for each in answers):
        reason = answers[0].reason
        raise StopError(f"The CRM refused all of the first records: {reason}")
