"""Push: look again, write down, send, write down the answers; a canary first, objections first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice

from orchestration.crm.breaking import parked
from orchestration.crm.canary import CanaryError, refused_together, verified
from orchestration.crm.clearing import clearings, put_back
from orchestration.crm.comparing import UNSAID, held_already, told_to_survivor
from orchestration.crm.deciding import Decided, Fresh, decide_all, write_conflicts
from orchestration.crm.desk import Desk
from orchestration.crm.destination import CLEARED_FIRST, Change, Found, Outcome
from orchestration.crm.mapping import Property
from orchestration.crm.steps import Step
from orchestration.crm.three_way import decide
from orchestration.crm.waves import batches, callers, look_ahead


def push(
    desk: Desk, run: str, *, but_held: bool = False, is_rollback: bool = False
) -> dict[str, int]:
    """Send what waits in a run; gives counts by outcome.

    Args:
        desk: where.
        run: as it is in the ledger.
        but_held: leave what is held where it is: the run goes on waiting for approval.
        is_rollback: whatever somebody edited since stays, whichever policy the property has.

    Raises:
        StopError: the CRM takes nothing more, or does not hold what it acknowledged.
    """
    waiting = desk.ledger.waiting(run, but_held=but_held)
    try:
        with callers(desk.crm) as pool:
            if canary := list(islice(waiting, desk.mapping.canary)):
                waves = _Waves(desk, run, pool, is_rollback=is_rollback, is_canary=True)
                steps = [step for wave in waves.send(canary) for step in wave]
                if next_one := list(islice(waiting, 1)):
                    _see_that_some_were_taken(steps)
                waves = _Waves(desk, run, pool, is_rollback=is_rollback, is_canary=False)
                for _ in waves.send(chain(next_one, waiting)):
                    pass
        with desk.connection.transaction():
            return desk.ledger.finish(run, "awaiting_approval" if but_held else "done")
    except BaseException:
        desk.ledger.finish(run, "failed")
        raise


class _Waves:
    """Sends wave by wave, no other record while an objection is on its way."""

    def __init__(
        self,
        desk: Desk,
        run: str,
        pool: ThreadPoolExecutor,
        *,
        is_rollback: bool,
        is_canary: bool,
    ) -> None:
        self.desk, self.run, self.pool = desk, run, pool
        self.is_rollback, self.is_canary = is_rollback, is_canary

    def send(self, changes: Iterable[Change]) -> Iterator[list[Step]]:
        """Send; gives what became of each wave."""
        desk = self.desk
        for pairs in look_ahead(self.pool, desk.crm, changes, lambda each: each, desk.is_objection):
            yield self._send(pairs)

    def _send(self, pairs: Sequence[tuple[Change, Found]]) -> list[Step]:
        """Send a wave: what leaves is on record before it does, whatever becomes of it."""
        leaving, kept, conflicts = self._leaving(pairs)
        with self.desk.connection.transaction():
            self._note(kept)
            write_conflicts(self.desk, self.run, conflicts)
        leaving, cleared = self._clear(leaving)
        with self.desk.connection.transaction():
            self._note([Step(each, Outcome.SENT) for each in leaving])
        steps, failed = self._tell(leaving)
        wrong = None
        if self.is_canary and failed is None:
            steps, wrong = refused_together(steps)
            if wrong is None:
                steps, wrong = verified(self.desk, steps)
        empty = [
            step
            for step in steps
            if step.outcome is not Outcome.ACKNOWLEDGED
            and step.change.sequence in cleared
            and cleared[step.change.sequence].properties.keys() & step.change.properties.keys()
        ]
        with self.desk.connection.transaction():
            self._note([step for step in steps if step not in empty])
        if empty:
            put_back(self.desk, self.run, [cleared[step.change.sequence] for step in empty])
            with self.desk.connection.transaction():
                self._note(empty)
        if failed is not None:
            raise failed
        if wrong is not None:
            raise CanaryError(f"{wrong} The rest was not sent.")
        return steps

    def _note(self, steps: Sequence[Step]) -> None:
        self.desk.ledger.note(self.run, steps)

    def _tell(self, changes: Sequence[Change]) -> tuple[list[Step], Exception | None]:
        """What the CRM said to each of them, and what broke off, if anything did."""
        desk = self.desk
        calls = [
            (batch, self.pool.submit(lambda some: list(desk.crm.push(self.run, some)), batch))
            for batch in batches(changes, desk.crm)
        ]
        failed: Exception | None = None
        steps: list[Step] = []
        for batch, call in calls:
            try:
                said = call.result()
            except Exception as error:  # the others' answers are written down before it is raised
                failed = failed or error
                continue
            by_sequence = {each.sequence: each for each in batch}
            unsaid = {each.sequence: set(each.properties) for each in batch}
            for each in said:
                steps += desk.steps_of(by_sequence[each.sequence], each)
                named = each.properties
                unsaid[each.sequence] -= set(
                    by_sequence[each.sequence].properties if named is None else named
                )
            steps += [
                Step(
                    by_sequence[sequence].only(names),
                    Outcome.UNKNOWN,
                    "the answer did not name this record",
                )
                for sequence, names in unsaid.items()
                if names
            ]
        return [_never_parked(desk, e) for e in parked(desk, self.run, steps)], failed

    def _clear(self, leaving: Sequence[Change]) -> tuple[list[Change], dict[int, Change]]:
        """Empty what has to be empty first; gives what may leave then, and the clearings."""
        clears = clearings(self.desk.crm, leaving)
        if not clears:
            return list(leaving), {}
        reason = "emptied first: it goes back"
        with self.desk.connection.transaction():
            self._note(
                [Step(e, Outcome.SENT, reason, error_category=CLEARED_FIRST) for e in clears]
            )
        steps, failed = self._tell(clears)
        done = {step.change.sequence for step in steps if step.outcome is Outcome.ACKNOWLEDGED}
        cleared = {each.sequence: each for each in clears if each.sequence in done}
        left = {each.sequence: each for each in clears if each.sequence not in done}
        with self.desk.connection.transaction():
            self._note([replace(step, error_category=CLEARED_FIRST) for step in steps])
            if failed is None:
                self._note(
                    [
                        Step(each.only(left[each.sequence].properties), Outcome.RETRY, _NOT_EMPTIED)
                        for each in leaving
                        if each.sequence in left
                    ]
                )
        if failed is not None:
            raise failed
        goes = [
            each.only(each.properties.keys() - left[each.sequence].properties.keys())
            if each.sequence in left
            else each
            for each in leaving
        ]
        return [each for each in goes if each.properties], cleared

    def _leaving(
        self, pairs: Sequence[tuple[Change, Found]]
    ) -> tuple[list[Change], list[Step], list[Fresh]]:
        """What may leave, with what the CRM holds this moment; what stays, and why."""
        leaving: list[Change] = []
        kept: list[Step] = []
        conflicts: list[Fresh] = []
        asked: list[tuple[Change, Found]] = []
        for change, there in pairs:
            if there.is_unsaid:
                kept.append(Step(change, Outcome.RETRY, UNSAID))
            elif there.gone:
                kept.append(Step(change, Outcome.REJECTED, there.gone, 404))
            elif there.survivor_id and there.survivor_id != change.target:
                told = told_to_survivor(self.desk, change, there)
                if told is not None:
                    leaving.append(told)
                else:
                    reason = f"merged into {there.survivor_id} in the CRM since the plan"
                    kept.append(Step(change, Outcome.SUPERSEDED, reason))
            else:
                asked.append((change, there))
        for (change, there), decided in zip(asked, self._decided(asked), strict=True):
            decision = decided.decision
            conflicts += decided.fresh
            left_out = change.properties.keys() - decision.send.keys() - decision.settled.keys()
            if left_out:
                reason = f"edited in the CRM since the plan: {', '.join(sorted(left_out))}"
                kept.append(Step(change.only(left_out), Outcome.SKIPPED, reason))
            if decision.send:
                goes = change.only({**decision.send, **decision.settled})
                now_there = {name: there.values.get(name) or "" for name in goes.properties}
                leaving.append(replace(goes, before=now_there))
            elif decision.settled:
                kept.append(held_already(change, there, decision.settled))
        return leaving, kept, conflicts

    def _decided(self, asked: Sequence[tuple[Change, Found]]) -> list[Decided]:
        if not self.is_rollback:
            return decide_all(self.desk, asked, self.desk.properties)
        names = {name for change, _ in asked for name in change.properties}
        plain = {name: _plain(self.desk, name) for name in names}
        return [Decided(decide(change, there, plain)) for change, there in asked]


_NOT_EMPTIED = "the CRM did not empty it, which it has to before it goes back"


def _never_parked(desk: Desk, step: Step) -> Step:
    """An objection that was refused is told again by each sync, until it is taken."""
    is_refused = step.outcome is Outcome.REJECTED and desk.is_objection(step.change)
    return replace(step, outcome=Outcome.RETRY) if is_refused else step


def _plain(desk: Desk, name: str) -> Property:
    """A property as nobody's: whoever edited it wins."""
    kind = desk.kind(name)
    return Property(column="", property=name, type="string" if kind == "enumeration" else kind)


def _see_that_some_were_taken(steps: Sequence[Step]) -> None:
    """A canary that was refused to the last record is a reason not to send the others."""
    if steps and all(each.outcome is Outcome.REJECTED for each in steps):
        raise CanaryError(f"The CRM refused all of the first records: {steps[0].reason}")
