"""Sync with a CRM that can be asked: plan, hold or push, approve, roll back.

The order of things: what an earlier run left open is settled by asking the CRM; what changed since
the last acknowledgement is compared with what the CRM holds; the breaker looks at the plan; what
leaves is written down and committed before the call. A plan that was held goes exactly as it was
approved, or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from orchestration.crm.breaker import Figures, reasons_to_hold
from orchestration.crm.destination import Answer, Change, Crm, Found, Outcome, StopError
from orchestration.crm.ledger import Ledger, Step, now
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.planning import Plan, Planned, make_plan, write_plan_file
from orchestration.crm.three_way import Conflict, decide, is_same
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection

T = TypeVar("T")

_RANKS = {"lead": 1, "nurturing": 1, "mql": 2, "sql": 3, "prospect": 4, "customer": 5}
"""How far a stage is; leaving the funnel is no way back in it."""
ROLLED_BACK = "rolled back: waits until the mart says something else, or somebody releases it"


@dataclass
class TwoWayReport:
    """What a sync with a CRM planned and did; counts are of records."""

    run: str
    state: str
    """`done`, `dry_run`, `awaiting_approval`, `nothing`."""
    figures: Figures | None = None
    reasons: Sequence[str] = ()
    plan_hash: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    objections: int = 0
    settled: int = 0
    conflicts: int = 0
    file: Path | None = None
    """The plan, record by record, where it has not been sent."""


@dataclass(frozen=True)
class Desk:
    """One CRM, its mapping and its ledger, in a warehouse open for writing."""

    connection: Connection
    crm: Crm
    mapping: CrmMapping
    outbox: Path
    schema: str = "marts"

    @property
    def ledger(self) -> Ledger:
        """The ledger of this CRM."""
        return Ledger(self.connection, self.crm.name)

    @property
    def properties(self) -> dict[str, Property]:
        """What is mapped, by the CRM's name."""
        return {each.property: each for each in self.mapping.properties}

    @property
    def _objection(self) -> str:
        """The property that says that somebody objected."""
        return next(e.property for e in self.mapping.properties if e.column == "do_not_contact")

    # Plan

    def sync(self, run_id: str, *, started_by: str, dry_run: bool, marts: Marts) -> TwoWayReport:
        """Plan; push what may go, hold what somebody has to look at.

        Raises:
            UnusableInputError: the mapping fits neither the CRM nor `crm_lead_status`.
            StopError: the CRM takes nothing more now.
        """
        self._open()
        settled = 0 if dry_run else self.settle()
        run = self.ledger.free_name(run_id)
        with self.connection.transaction():
            plan = make_plan(self.connection, self.mapping, self.crm, self.schema)
        decided = self._look_over(plan)
        to_send = [step for step in decided.steps if step.outcome is Outcome.PLANNED]
        figures = self._figures(to_send, decided, marts)
        reasons = reasons_to_hold(figures, self.mapping.limits) if to_send else []
        report = TwoWayReport(
            run,
            *("nothing", figures, reasons, _digest(step.change for step in to_send)),
            objections=plan.objections,
            settled=settled,
            conflicts=len(decided.conflicts),
        )
        if not decided.steps and not decided.conflicts:
            return report
        if same := self._waits_already(report.plan_hash):
            report.run, report.state = same, "awaiting_approval"
            return report
        report.state = "dry_run" if dry_run else "awaiting_approval" if reasons else "done"
        with self.connection.transaction():
            self._write_plan(run, report, decided, started_by)
        if dry_run or reasons:
            report.file = write_plan_file(
                (step.change for step in to_send), self.mapping, self.outbox, run
            )
            return report
        report.counts = self._push(run)
        return report

    def settle(self) -> int:
        """Give an end to runs that were cut short, by asking the CRM; gives how many had left."""
        settled = 0
        for run in self.ledger.unfinished_runs():
            waiting = {each.sequence: each for each in self.ledger.unanswered(run)}
            answers = list(self.crm.settle(run, waiting.values()))
            with self.connection.transaction():
                settled += len(answers)
                self.ledger.note(run, [_step(waiting[each.sequence], each) for each in answers])
                self.ledger.close_open(
                    run, Outcome.SENT, Outcome.UNKNOWN, "nobody knows what became of it"
                )
                self.ledger.close_open(
                    run, Outcome.PLANNED, Outcome.SUPERSEDED, "the run ended before it was sent"
                )
                self.ledger.finish(run, "interrupted")
        return settled

    def _open(self) -> None:
        self.ledger.create_tables()
        if problems := self.crm.check(self.mapping):
            raise UnusableInputError("\n".join(problems))

    def _look_over(self, plan: Plan) -> Decided:
        """Compare every change with what the CRM holds now."""
        decided = Decided()
        # the records that are in the mart too, when one turns out to be merged into another
        rows = plan.rows()
        for batch in _batched(rows, self.crm.batch_size or 100):
            names = sorted({name for row in batch for name in row.change.properties})
            found = self.crm.look([row.change.object_id for row in batch], names)
            for row, there in zip(batch, found, strict=True):
                self._look_at(row, there, decided)
        return decided

    def _look_at(self, row: Planned, there: Found, decided: Decided) -> None:
        change = replace(row.change, properties=row.not_parked)
        if not change.properties:
            return
        if there.gone:
            decided.add(Step(change, Outcome.REJECTED, there.gone, 404), row)
            return
        if there.survivor_id:
            self._merged(change, row, there, decided)
            return
        decision = decide(change, there, self.properties)
        known = self._known(change) if decision.conflicts else []
        fresh = [each for each in decision.conflicts if each not in known]
        decided.conflicts += [(change, each) for each in fresh]
        if decision.send:
            send = {**decision.send, **decision.settled}
            before = {name: there.values.get(name) or "" for name in send}
            changed = replace(change, properties=send, before=before)
            decided.add(Step(changed, Outcome.PLANNED), row)
        elif decision.settled:
            echo = {name: there.values.get(name) or "" for name in decision.settled}
            held = replace(change, properties=decision.settled, before={})
            step = Step(held, Outcome.ACKNOWLEDGED, "the CRM holds it already", echo=echo)
            decided.add(step, row)
        elif fresh:
            names = ", ".join(each.property for each in fresh)
            decided.add(Step(change, Outcome.SKIPPED, f"edited in the CRM: {names}"), row)

    def _merged(self, change: Change, row: Planned, there: Found, decided: Decided) -> None:
        """Two records became one in the CRM: the survivor's own row speaks, but for objections."""
        objection = self._objection
        if change.properties.get(objection) == "true" and there.values.get(objection) != "true":
            told = replace(
                change,
                properties={objection: "true"},
                before={objection: there.values.get(objection) or ""},
                sent_to=there.survivor_id,
            )
            decided.add(Step(told, Outcome.PLANNED), row)
            return
        reason = f"merged into {there.survivor_id} in the CRM, which speaks for both"
        decided.add(Step(change, Outcome.REJECTED, reason), row)

    def _known(self, change: Change) -> list[Conflict]:
        """The latest conflicts on record about a record."""
        found = self.connection.execute(
            "select property, policy, wanted, told, found from crm_sync.sync_conflicts "
            "where destination = ? and object_id = ? order by recorded_at desc limit 50",
            [self.crm.name, change.object_id],
        ).fetchall()
        latest: dict[str, Conflict] = {}
        for name, policy, wanted, told, there in found:
            latest.setdefault(name, Conflict(name, policy, wanted, told, there))
        return list(latest.values())

    def _figures(self, to_send: Sequence[Step], decided: Decided, marts: Marts) -> Figures:
        stage = next((each for each in self.mapping.properties if each.column == "stage"), None)
        cleared: dict[str, int] = {}
        backward = 0
        for step in to_send:
            for name, value in step.change.properties.items():
                if value == "" and step.change.before.get(name):
                    cleared[name] = cleared.get(name, 0) + 1
                if stage is not None and name == stage.property:
                    backward += _goes_back(stage, step.change.before.get(name) or "", value)
        rows = self.connection.execute(
            f'select count(*) from "{self.schema}".crm_lead_status'
        ).fetchone()
        assert rows is not None
        return Figures(
            rows=int(rows[0]),
            rows_before=self._rows_before(),
            planned=len(to_send),
            new=decided.new,
            backward=backward,
            cleared={name: (count, self._filled(name)) for name, count in cleared.items()},
            hours_old=marts.hours_old,
            failed_checks=marts.failed_checks,
        )

    def _rows_before(self) -> int | None:
        found = self.connection.execute(
            "select plans.rows_in_mart from crm_sync.sync_plans as plans "
            "inner join crm_sync.sync_runs as runs "
            "on plans.run = runs.run and plans.destination = runs.destination "
            "where plans.destination = ? and runs.mode = 'push' "
            "and runs.state in ('done', 'interrupted') and runs.acknowledged > 0 "
            "order by plans.planned_at desc limit 1",
            [self.crm.name],
        ).fetchone()
        return int(found[0]) if found else None

    def _filled(self, name: str) -> int:
        """Records in which we last filled a property."""
        latest = self.connection.words.latest("value", "record_id")
        found = self.connection.execute(
            f"select count(*) from (select object_id, {latest} as value from ("
            "select object_id, record_id, (properties ->> ?) as value from crm_sync.sync_records "
            "where destination = ? and outcome = 'acknowledged') as told group by object_id"
            ") as held where value <> ''",
            [name, self.crm.name],
        ).fetchone()
        assert found is not None
        return int(found[0])

    def _write_plan(
        self, run: str, report: TwoWayReport, decided: Decided, started_by: str
    ) -> None:
        assert report.figures is not None
        is_dry = report.state == "dry_run"
        if not is_dry:
            self._supersede(run)
        state = {"dry_run": "done", "awaiting_approval": "awaiting_approval"}
        self.ledger.begin(
            run,
            mode="dry_run" if is_dry else "push",
            state=state.get(report.state, "running"),
            started_by=started_by,
            planned=report.figures.planned,
        )
        self.connection.execute(
            "insert into crm_sync.sync_plans values (?, ?, ?, ?, ?, cast(? as json), "
            "cast(? as json), ?)",
            [
                *(run, self.crm.name, report.plan_hash, self.mapping.fingerprint()),
                *(report.figures.rows, json.dumps(asdict(report.figures))),
                *(json.dumps(list(report.reasons)), now()),
            ],
        )
        steps = decided.steps if not is_dry else []
        self.ledger.note(run, [replace(each, outcome=Outcome.PLANNED) for each in steps])
        self.ledger.note(run, [each for each in steps if each.outcome is not Outcome.PLANNED])
        if report.reasons and not is_dry:
            planned = [each for each in steps if each.outcome is Outcome.PLANNED]
            reason = "; ".join(report.reasons)[:500]
            self.ledger.note(
                run, [replace(each, outcome=Outcome.HELD, reason=reason) for each in planned]
            )
            self.ledger.finish(run, report.state)
        if not is_dry:
            self._write_conflicts(run, decided.conflicts)

    def _waits_already(self, plan_hash: str) -> str | None:
        """The held sync that planned the very same, if one waits for approval."""
        found = self.connection.execute(
            "select runs.run from crm_sync.sync_runs as runs "
            "inner join crm_sync.sync_plans as plans "
            "on runs.run = plans.run and runs.destination = plans.destination "
            "where runs.destination = ? and runs.state = 'awaiting_approval' "
            "and plans.plan_hash = ?",
            [self.crm.name, plan_hash],
        ).fetchone()
        return str(found[0]) if found else None

    def _supersede(self, run: str) -> None:
        """A later plan takes the place of those that still wait."""
        for older in self.ledger.runs_in("awaiting_approval"):
            self.ledger.close_open(
                older, Outcome.HELD, Outcome.SUPERSEDED, f"planned anew by {run}"
            )
            self.ledger.finish(older, "superseded")

    def _write_conflicts(self, run: str, conflicts: Sequence[tuple[Change, Conflict]]) -> None:
        by_record: dict[str, list[tuple[Change, Conflict]]] = {}
        for change, conflict in conflicts:
            by_record.setdefault(change.object_id, []).append((change, conflict))
        for object_id, pairs in by_record.items():
            edits = self.crm.edits(object_id, [conflict.property for _, conflict in pairs])
            for change, each in pairs:
                edit = edits.get(each.property)
                self.connection.execute(
                    "insert into crm_sync.sync_conflicts values "
                    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        *(run, self.crm.name, object_id, change.lead_id, each.property),
                        *(each.policy, each.wanted, each.told, each.found),
                        *((edit.by, edit.at) if edit else (None, None)),
                        now(),
                    ],
                )

    # Push

    def _push(self, run: str) -> dict[str, int]:
        """Send what waits in a run, a canary first; gives counts by outcome."""
        first, last = 1, self.mapping.canary
        try:
            while first <= self.ledger.last_sequence(run):
                if batch := list(self.ledger.waiting(run, first, last)):
                    answers = self._send(run, batch)
                    if first == 1:
                        self._verify(batch, answers)
                first, last = last + 1, last + (self.crm.batch_size or 100)
            with self.connection.transaction():
                return self.ledger.finish(run, "done")
        except BaseException:
            self.ledger.finish(run, "failed")
            raise

    def _send(self, run: str, batch: Sequence[Change]) -> list[Answer]:
        """Look again, write down, send, write down the answers."""
        names = sorted({name for each in batch for name in each.properties})
        leaving: list[Change] = []
        kept: list[Step] = []
        found = self.crm.look([each.target for each in batch], names)
        for change, there in zip(batch, found, strict=True):
            if there.gone:
                kept.append(Step(change, Outcome.REJECTED, there.gone, 404))
                continue
            decision = decide(change, there, self.properties)
            if decision.conflicts:
                edited = ", ".join(each.property for each in decision.conflicts)
                kept.append(
                    Step(change, Outcome.SKIPPED, f"edited in the CRM since the plan: {edited}")
                )
                continue
            now_there = {name: there.values.get(name) or "" for name in change.properties}
            leaving.append(replace(change, before=now_there))
        with self.connection.transaction():
            self.ledger.note(run, kept)
            self.ledger.note(run, [Step(each, Outcome.SENT) for each in leaving])
        by_sequence = {each.sequence: each for each in leaving}
        answers = list(self.crm.push(run, leaving)) if leaving else []
        steps = [_step(by_sequence[each.sequence], each) for each in answers]
        silent = by_sequence.keys() - {each.sequence for each in answers}
        steps += [
            Step(by_sequence[each], Outcome.UNKNOWN, "the answer did not name this record")
            for each in sorted(silent)
        ]
        with self.connection.transaction():
            self.ledger.note(run, steps)
        return answers

    def _verify(self, batch: Sequence[Change], answers: Sequence[Answer]) -> None:
        """Read the canary back: what was acknowledged has to be there."""
        done = {each.sequence for each in answers if each.outcome is Outcome.ACKNOWLEDGED}
        sent = [each for each in batch if each.sequence in done]
        if not sent:
            if answers and all(each.outcome is Outcome.REJECTED for each in answers):
                reason = answers[0].reason
                raise StopError(f"The CRM refused all of the first records: {reason}")
            return
        names = sorted({name for each in sent for name in each.properties})
        echoes = {each.sequence: each.echo for each in answers}
        for change, there in zip(
            sent, self.crm.look([each.target for each in sent], names), strict=True
        ):
            for name, wanted in change.properties.items():
                held = there.values.get(name) or ""
                echo = echoes[change.sequence].get(name)
                kind = self.properties[name].type
                if not is_same(kind, held, wanted) and not is_same(kind, held, echo or ""):
                    raise StopError(
                        f"The CRM acknowledged {name} of record {change.object_id} and does not "
                        "hold it. The rest was not sent."
                    )

    # Approve, roll back, release

    def approve(self, run: str, approved_by: str) -> TwoWayReport:
        """Send a plan that was held, exactly as it was planned.

        Records that the marts say otherwise by now are superseded.

        Raises:
            UnusableInputError: nothing of that name waits, or its plan is not what was written.
        """
        self._open()
        state, planned_hash = self._held(run)
        if state != "awaiting_approval":
            raise UnusableInputError(f"Sync {run} of {self.crm.name} is {state}: nothing waits.")
        self.settle()
        waiting = list(self.ledger.waiting(run))
        if _digest(waiting) != planned_hash:
            raise UnusableInputError(
                f"The plan of sync {run} is not the one that was written down: its digest differs. "
                "Nothing was sent. Look at crm_sync.sync_records, and plan anew."
            )
        with self.connection.transaction():
            plan = make_plan(self.connection, self.mapping, self.crm, self.schema)
        stale = self._stale(waiting, plan)
        with self.connection.transaction():
            reason = "the marts say something else by now"
            self.ledger.note(run, [Step(each, Outcome.SUPERSEDED, reason) for each in stale])
            self.connection.execute(
                "insert into crm_sync.sync_approvals values (?, ?, ?, ?, ?)",
                [run, self.crm.name, planned_hash, approved_by, now()],
            )
            self.ledger.resume(run)
        return TwoWayReport(run, "done", plan_hash=planned_hash, counts=self._push(run))

    def _held(self, run: str) -> tuple[str, str]:
        found = self.connection.execute(
            "select runs.state, plans.plan_hash from crm_sync.sync_runs as runs "
            "inner join crm_sync.sync_plans as plans "
            "on runs.run = plans.run and runs.destination = plans.destination "
            "where runs.run = ? and runs.destination = ?",
            [run, self.crm.name],
        ).fetchone()
        if found is None:
            raise UnusableInputError(f"There is no sync {run!r} with {self.crm.name}.")
        return str(found[0]), str(found[1])

    def _stale(self, waiting: Sequence[Change], plan: Plan) -> list[Change]:
        """Records of a plan that the marts, compared anew, want otherwise or no more."""
        fresh = {row.change.object_id: row.change.properties for row in plan.rows()}
        return [
            each
            for each in waiting
            if any(
                fresh.get(each.object_id, {}).get(name) != value
                for name, value in each.properties.items()
            )
        ]

    def roll_back(self, run: str, *, started_by: str) -> TwoWayReport:
        """Give records back what the CRM held before a run, where nobody changed them since.

        Raises:
            UnusableInputError: there is no such run, or it sent nothing.
        """
        self._open()
        self.settle()
        done = list(self.ledger.acknowledged(run))
        if not done:
            raise UnusableInputError(f"Sync {run} of {self.crm.name} sent nothing to take back.")
        name = self.ledger.free_name(f"rollback-{run}")
        steps: list[Step] = []
        for batch in _batched(iter(done), self.crm.batch_size or 100):
            names = sorted({each for change in batch for each in change.properties})
            found = self.crm.look([each.target for each in batch], names)
            for change, there in zip(batch, found, strict=True):
                steps.append(self._back(change, there, len(steps) + 1))
        to_send = [each for each in steps if each.outcome is Outcome.PLANNED]
        with self.connection.transaction():
            self.ledger.begin(
                name, mode="rollback", state="running", started_by=started_by, planned=len(to_send)
            )
            self.ledger.note(name, [replace(each, outcome=Outcome.PLANNED) for each in steps])
            self.ledger.note(name, [each for each in steps if each.outcome is not Outcome.PLANNED])
        counts = self._push(name)
        with self.connection.transaction():
            self._park(name, {each.object_id: each for each in done})
        return TwoWayReport(name, "done", counts=counts)

    def _back(self, change: Change, there: Found, sequence: int) -> Step:
        """A record's way back: what was there before the run, if what the run sent still is."""
        if there.gone:
            return Step(replace(change, sequence=sequence), Outcome.REJECTED, there.gone, 404)
        edited = [
            name
            for name, sent in change.properties.items()
            if not any(
                is_same(self.properties[name].type, there.values.get(name) or "", ours)
                for ours in (sent, change.echo.get(name) or sent)
            )
        ]
        objected = [name for name in (self._objection,) if change.properties.get(name) == "true"]
        kept = {
            name: value
            for name, value in change.before.items()
            if name not in edited and name not in objected
        }
        now_there = {name: there.values.get(name) or "" for name in kept}
        back = replace(
            change,
            sequence=sequence,
            properties={name: value or "" for name, value in kept.items()},
            before=now_there,
        )
        if not kept:
            reason = "an objection stays" if objected else "changed in the CRM since then"
            return Step(replace(change, sequence=sequence), Outcome.SKIPPED, reason)
        return Step(back, Outcome.PLANNED)

    def _park(self, run: str, forward: Mapping[str, Change]) -> None:
        """What was taken back is not sent again until the mart says something else."""
        done = list(self.ledger.acknowledged(run))
        self.ledger.note(
            run,
            [
                Step(
                    replace(
                        forward[each.object_id],
                        sequence=each.sequence,
                        properties={
                            name: forward[each.object_id].properties[name]
                            for name in each.properties
                        },
                    ),
                    *(Outcome.REJECTED, ROLLED_BACK),
                )
                for each in done
            ],
        )

    def release(self, object_id: str) -> bool:
        """Let a parked record go: the next sync plans it again; whether there was one."""
        self.ledger.create_tables()
        found = self.connection.execute(
            "select run, sequence, outcome from crm_sync.sync_records "
            "where destination = ? and object_id = ? order by record_id desc limit 1",
            [self.crm.name, object_id],
        ).fetchone()
        if found is None or found[2] != Outcome.REJECTED.value:
            return False
        change = Change(int(found[1]), object_id, "", None, {}, {})
        self.ledger.note(str(found[0]), [Step(change, Outcome.RELEASED, "by hand")])
        return True


@dataclass(frozen=True)
class Marts:
    """What is known of the marts that are told: their age, and what did not pass."""

    hours_old: float = 0.0
    failed_checks: Sequence[str] = ()


@dataclass
class Decided:
    """What a plan comes to once the CRM was asked."""

    steps: list[Step] = field(default_factory=list)
    conflicts: list[tuple[Change, Conflict]] = field(default_factory=list)
    new: int = 0

    def add(self, step: Step, row: Planned) -> None:
        """Take a step in, in the order of the plan."""
        sequence = len(self.steps) + 1
        self.steps.append(replace(step, change=replace(step.change, sequence=sequence)))
        self.new += row.is_new and step.outcome is Outcome.PLANNED


def _step(change: Change, answer: Answer) -> Step:
    return Step(
        change,
        answer.outcome,
        answer.reason,
        answer.http_status,
        answer.error_category,
        answer.echo or None,
    )


def _goes_back(stage: Property, before: str, after: str) -> bool:
    """Whether a stage, in the CRM's words, goes back in the funnel."""
    ours = {
        theirs: rank for name, rank in _RANKS.items() for theirs in [stage.values.get(name, name)]
    }
    return before in ours and after in ours and ours[after] < ours[before]


def _digest(changes: Iterable[Change]) -> str:
    """What a plan says, in 64 characters: any other record, value or order is another plan."""
    digest = hashlib.sha256()
    for each in changes:
        line = [
            each.sequence,
            each.target,
            each.object_id,
            dict(each.properties),
            dict(each.before),
        ]
        digest.update(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def _batched(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(rows, size)):
        yield batch
