"""The ledger of what the CRM was told: schema `crm_sync`, read by RevOps with SQL.

`sync_records` is append-only: each step of a record is a row. What the CRM last acknowledged is
derived from it, so the baseline of the next plan moves on acknowledgement and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from orchestration.crm.destination import (
    CANARY_FAILED,
    CLEARED_FIRST,
    ROLLED_BACK,
    Answer,
    Change,
    Outcome,
)
from orchestration.crm.ledger_tables import create_tables
from orchestration.crm.steps import STEP_COLUMNS, Step, changes_of, now, row_of
from orchestration.warehouse import Connection
from orchestration.warehouse.connection import literal

_ANSWERS_AT_ONCE = 100_000

_ANSWER_COLUMNS = {
    "sequence": "bigint",
    "outcome": "varchar",
    "reason": "varchar",
    "http_status": "integer",
    "error_category": "varchar",
}

# Columns a step copies from the step before it.
_SAME = (
    "run, sequence, destination, object_id, lead_id, change_id, properties, before, attempt, "
    "sent_to"
)


@dataclass(frozen=True)
class Ledger:
    """The ledger's rows of one destination, in a warehouse that is open for writing."""

    connection: Connection
    destination: str

    def create_tables(self) -> None:
        """Make the schema where it is not there yet."""
        create_tables(self.connection)

    def is_told(self, published_by: str, mapping: str) -> bool:
        """Whether the CRM was told all that the marts of a run say, by this very mapping."""
        found = self.connection.execute(
            "select published_by, mapping from crm_sync.told_up_to where destination = ?",
            [self.destination],
        ).fetchall()
        return found == [(published_by, mapping)]

    def note_told(self, published_by: str | None, mapping: str) -> None:
        """Write down the run whose marts were told whole; None when something is left to tell."""
        self.connection.execute(
            "delete from crm_sync.told_up_to where destination = ?", [self.destination]
        )
        if published_by is not None:
            self.connection.execute(
                "insert into crm_sync.told_up_to values (?, ?, ?)",
                [self.destination, published_by, mapping],
            )

    def free_name(self, run: str) -> str:
        """The run's name, or with `.2`, `.3` ... if a sync of that name is in the ledger."""
        taken = {
            name
            for (name,) in self.connection.execute(
                "select run from crm_sync.sync_runs where destination = ?", [self.destination]
            ).fetchall()
        }
        name, number = run, 1
        while name in taken:
            number += 1
            name = f"{run}.{number}"
        return name

    def begin(self, run: str, *, mode: str, state: str, started_by: str, planned: int) -> None:
        """Write down that a run starts; `finish` completes the row."""
        self.connection.execute(
            "insert into crm_sync.sync_runs values (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0)",
            [
                run,
                self.destination,
                mode,
                state,
                started := now(),
                started if state == "done" else None,
                started_by,
                planned,
            ],
        )

    def plan_all(self, run: str) -> None:
        """Take every row of `crm_sync.plan` in as planned."""
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, recorded_at) "
            "select ?, sequence, ?, object_id, lead_id, change_id, cast(properties as json), "
            "cast(before as json), attempt, sent_to, 'planned', ? "
            "from crm_sync.plan order by sequence",
            [run, self.destination, now()],
        )

    def mark_sent(self, run: str, first: int, last: int) -> None:
        """Write down, before they leave, that these records are being sent."""
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, recorded_at) "
            f"select {_SAME}, 'sent', ? from crm_sync.sync_records "
            "where run = ? and destination = ? and outcome = 'planned' "
            "and sequence between ? and ? order by sequence",
            [now(), run, self.destination, first, last],
        )

    def record(self, run: str, answers: Iterable[Answer]) -> int:
        """Write down what the CRM answered; gives the number of answers."""
        remaining = iter(answers)
        count = 0
        while some := list(islice(remaining, _ANSWERS_AT_ONCE)):
            count += len(some)
            self.connection.temp_rows(
                "crm_answers",
                _ANSWER_COLUMNS,
                [
                    (
                        answer.sequence,
                        answer.outcome.value,
                        answer.reason,
                        answer.http_status,
                        answer.error_category,
                    )
                    for answer in some
                ],
            )
            self.connection.execute(
                f"insert into crm_sync.sync_records ({_SAME}, outcome, reason, http_status, "
                "error_category, recorded_at) "
                f"with planned as (select {_SAME} from crm_sync.sync_records "
                "where run = ? and destination = ? and outcome = 'planned') "
                "select planned.*, crm_answers.outcome, reason, http_status, error_category, "
                "cast(? as timestamp) "
                "from crm_answers inner join planned on crm_answers.sequence = planned.sequence "
                "order by planned.sequence",
                [run, self.destination, now()],
            )
        return count

    def bring(self, steps: Sequence[Step], first: int | None = None) -> None:
        """Bring steps in, as temporary table `crm_steps`; numbered from `first` if it is given."""
        self.connection.temp_rows(
            "crm_steps",
            STEP_COLUMNS,
            [
                row_of(step, place, step.change.sequence if first is None else first + place)
                for place, step in enumerate(steps)
            ],
        )

    def note(self, run: str, steps: Sequence[Step]) -> None:
        """Write down steps of records, as they are."""
        if steps:
            self.bring(steps)
            self._take("select * from crm_steps", "place", run)

    def take_draft(self, run: str) -> None:
        """Take a whole draft in: every record as planned, then what was decided at once.

        What a rollback parks is parked before anything of it leaves.
        """
        as_planned = "'planned' as outcome, null as reason, null as http_status, null as echo"
        as_decided = "outcome, reason, http_status, echo"
        is_step = f"where error_category is distinct from '{ROLLED_BACK}'"
        for columns, which in ((as_planned, is_step), (as_decided, "where outcome <> 'planned'")):
            self._take(
                f"select sequence, {columns}, object_id, lead_id, change_id, properties, before, "
                f"error_category, attempt, sent_to from crm_sync.draft {which}",
                "sequence",
                run,
            )

    def _take(self, steps: str, order: str, run: str) -> None:
        self.connection.execute(
            "insert into crm_sync.sync_records (run, sequence, destination, object_id, lead_id, "
            "change_id, properties, before, outcome, reason, http_status, error_category, attempt, "
            "recorded_at, sent_to, echo) select ?, sequence, ?, object_id, lead_id, change_id, "
            "cast(properties as json), cast(before as json), outcome, cast(reason as varchar), "
            "cast(http_status as integer), error_category, attempt, cast(? as timestamp), sent_to, "
            f"cast(echo as json) from ({steps}) as steps order by {order}",
            [run, self.destination, now()],
        )

    def close(self, run: str, sequences: Sequence[int], outcome: Outcome, reason: str) -> None:
        """Give an end to some of the records that were planned in a run."""
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, reason, recorded_at) "
            f"select {_SAME}, $outcome, $reason, $now from crm_sync.sync_records "
            "where run = $run and destination = $destination and outcome = 'planned' "
            "and sequence = any($sequences) order by sequence",
            self._of(run)
            | {
                "outcome": outcome.value,
                "reason": reason,
                "sequences": list(sequences),
                "now": now(),
            },
        )

    def release(self, object_id: str) -> bool:
        """Let a parked record go; whether there was one."""
        self.create_tables()
        found = self.connection.execute(
            "select steps.run, steps.sequence from crm_sync.sync_records as steps "
            "inner join crm_sync.parked as parked on steps.record_id = parked.record_id "
            "where parked.destination = ? and parked.object_id = ? "
            "order by steps.record_id desc limit 1",
            [self.destination, object_id],
        ).fetchone()
        if found is None:
            return False
        change = Change(int(found[1]), object_id, "", None, {}, {})
        self.note(str(found[0]), [Step(change, Outcome.RELEASED, "by hand")])
        return True

    def waiting(self, run: str, *, but_held: bool = False) -> Iterator[Change]:
        """Records of a run, in order, that have not left: planned, and held unless told not."""
        which = "outcome = 'planned'" if but_held else "outcome in ('planned', 'held')"
        return changes_of(
            self.connection,
            f"select {_READ} from ({_LAST_STEPS}) as last_steps where {which} order by sequence",
            self._of(run),
        )

    def hold(self, run: str, reason: str, objections: Sequence[str]) -> None:
        """What was planned in a run waits, but for records that tell any of these objections."""
        objects = " or ".join(
            f"coalesce(properties ->> {literal(name)}, '') = 'true'" for name in objections
        )
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, reason, recorded_at) "
            f"select {_SAME}, 'held', $reason, $now from ({_LAST_STEPS}) as last_steps "
            f"where outcome = 'planned' and not ({objects or 'false'}) order by sequence",
            self._of(run) | {"reason": reason, "now": now()},
        )

    def failed_canary(self) -> str | None:
        """The last sync whose first records the CRM did not take, if nothing was approved since."""
        found = self.connection.execute(
            "select run from crm_sync.sync_records where destination = $destination "
            "and error_category = $failed and not exists (select 1 from crm_sync.sync_approvals "
            "as approvals where approvals.destination = $destination "
            "and approvals.approved_at > sync_records.recorded_at) "
            "order by record_id desc limit 1",
            {"destination": self.destination, "failed": CANARY_FAILED},
        ).fetchone()
        return str(found[0]) if found else None

    def emptied(self, run: str) -> list[Change]:
        """Properties that a run emptied for a moment, and that nothing filled since."""
        keys = self.connection.words.json_keys("properties")
        return list(
            changes_of(
                self.connection,
                f"with cleared as (select *, {keys} as property from crm_sync.sync_records "
                "where run = $run and destination = $destination and outcome = 'sent' "
                "and error_category = $cleared) "
                f"select {_READ} from cleared where (properties ->> property) = '' "
                "and not exists (select 1 from crm_sync.sync_records as later "
                "where later.destination = cleared.destination "
                "and later.object_id = cleared.object_id and later.record_id > cleared.record_id "
                "and later.outcome = 'acknowledged' "
                "and (later.properties ->> cleared.property) <> '') order by record_id",
                self._of(run) | {"cleared": CLEARED_FIRST},
            )
        )

    def runs_in(self, state: str) -> list[str]:
        """Runs in a state, oldest first."""
        found = self.connection.execute(
            "select run from crm_sync.sync_runs where destination = ? and state = ? "
            "order by started_at",
            [self.destination, state],
        )
        return [run for (run,) in found.fetchall()]

    def resume(self, run: str) -> None:
        """A run that waited goes on."""
        self.connection.execute(
            "update crm_sync.sync_runs set state = 'running', ended_at = null "
            "where run = $run and destination = $destination",
            self._of(run),
        )

    def acknowledged(self, run: str) -> Iterator[Change]:
        """What the CRM acknowledged of the records of a run, with its echo."""
        return changes_of(
            self.connection,
            f"select {_READ_ECHO} from crm_sync.sync_records "
            "where run = $run and destination = $destination and outcome = 'acknowledged' "
            "and cast(before as varchar) <> '{}' "
            "and error_category is distinct from $cleared order by sequence, record_id",
            self._of(run) | {"cleared": CLEARED_FIRST},
        )

    def close_open(self, run: str, last_step: Outcome, outcome: Outcome, reason: str) -> None:
        """Give an end to the records of a run whose last step this is."""
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, reason, recorded_at) "
            f"select {_SAME}, $outcome, $reason, $now from ({_LAST_STEPS}) as last_steps "
            "where outcome = $last_step order by sequence",
            self._of(run)
            | {
                "last_step": last_step.value,
                "outcome": outcome.value,
                "reason": reason,
                "now": now(),
            },
        )

    def unfinished_runs(self) -> list[str]:
        """Runs that began and did not come to their end."""
        found = self.connection.execute(
            "select run from crm_sync.sync_runs "
            "where destination = ? and state in ('running', 'failed') order by started_at",
            [self.destination],
        )
        return [run for (run,) in found.fetchall()]

    def unanswered(self, run: str) -> Iterator[Change]:
        """The records of a run that were sent and got no answer."""
        return changes_of(
            self.connection,
            f"select {_READ} from ({_LAST_STEPS}) as last_steps "
            "where outcome = $last_step order by sequence",
            self._of(run) | {"last_step": Outcome.SENT.value},
        )

    def finish(self, run: str, state: str) -> dict[str, int]:
        """Complete the run's row with its counts; gives them by outcome."""
        found = self.connection.execute(
            f"select outcome, count(*) from ({_LAST}) as last_steps group by outcome", self._of(run)
        ).fetchall()
        counts = dict.fromkeys(_COUNTED, 0) | {
            outcome: count for outcome, count in found if outcome in _COUNTED
        }
        assignments = ", ".join(f"{outcome} = ${outcome}" for outcome in _COUNTED)
        self.connection.execute(
            f"update crm_sync.sync_runs set state = $state, ended_at = $now, {assignments} "
            "where run = $run and destination = $destination",
            self._of(run) | {"state": state, "now": now()} | counts,
        )
        return counts

    def _of(self, run: str) -> dict[str, Any]:
        return {"run": run, "destination": self.destination}


# A step as a change.
_READ = (
    "sequence, object_id, lead_id, change_id, properties, before, '{}' as record, attempt, "
    "'{}' as echo, sent_to"
)

_READ_ECHO = (
    "sequence, object_id, lead_id, change_id, properties, before, '{}' as record, attempt, "
    "coalesce(cast(echo as varchar), '{}') as echo, sent_to"
)

# Outcomes that a run's row counts, beside the planned.
_COUNTED = ("held", "acknowledged", "rejected", "retry", "unknown", "superseded", "skipped")

# The last step of each record of a run: narrow columns only, a run may have millions of records.
# Where its objection has a row of its own, the other row counts; what a rollback parks does not.
_LAST = """
select object_id, outcome
from (
    select
        object_id,
        outcome,
        row_number() over (partition by object_id order by sequence desc, record_id desc) as recency
    from crm_sync.sync_records
    where
        run = $run and destination = $destination
        and error_category is distinct from 'ROLLED_BACK'
) as steps
where recency = 1
"""

# The last step of each row of a run's plan, whole.
_LAST_STEPS = """
select * from crm_sync.sync_records
where record_id in (
    select max(record_id) from crm_sync.sync_records
    where
        run = $run and destination = $destination
    group by sequence
)
"""
