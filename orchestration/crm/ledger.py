"""The ledger of what the CRM was told: schema `crm_sync`, read by RevOps with SQL.

`sync_records` is append-only: each step of a record is a row. What the CRM last acknowledged is
derived from it, so the baseline of the next plan moves on acknowledgement and on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from orchestration.crm.destination import Answer, Change, Outcome
from orchestration.warehouse import Connection

_ANSWERS_AT_ONCE = 100_000

_TABLES = """
create schema if not exists crm_sync;
create sequence if not exists crm_sync.record_ids;
create table if not exists crm_sync.sync_runs (
    run varchar not null,
    destination varchar not null,
    mode varchar not null,
    state varchar not null,
    started_at timestamp not null,
    ended_at timestamp,
    started_by varchar not null,
    planned bigint not null,
    held bigint not null,
    acknowledged bigint not null,
    rejected bigint not null,
    retry bigint not null,
    unknown bigint not null,
    superseded bigint not null,
    skipped bigint not null
);
create table if not exists crm_sync.sync_records (
    record_id bigint not null default nextval('crm_sync.record_ids'),
    run varchar not null,
    sequence bigint not null,
    destination varchar not null,
    object_id varchar not null,
    lead_id varchar,
    change_id varchar,
    properties json not null,
    before json not null,
    outcome varchar not null,
    reason varchar,
    http_status integer,
    error_category varchar,
    attempt integer not null,
    recorded_at timestamp not null,
    sent_to varchar,
    echo json
);
create table if not exists crm_sync.sync_plans (
    run varchar not null,
    destination varchar not null,
    plan_hash varchar not null,
    mapping varchar not null,
    rows_in_mart bigint not null,
    figures json not null,
    reasons json not null,
    planned_at timestamp not null
);
create table if not exists crm_sync.sync_approvals (
    run varchar not null,
    destination varchar not null,
    plan_hash varchar not null,
    approved_by varchar not null,
    approved_at timestamp not null
);
create table if not exists crm_sync.sync_conflicts (
    run varchar not null,
    destination varchar not null,
    object_id varchar not null,
    lead_id varchar,
    property varchar not null,
    policy varchar not null,
    wanted varchar not null,
    told varchar,
    found varchar not null,
    edited_by varchar,
    edited_at varchar,
    recorded_at timestamp not null
);
create or replace view crm_sync.open_conflicts as
select destination, object_id, property, policy, wanted, told, found, edited_by, edited_at,
    recorded_at, lead_id
from (
    select *, row_number() over (
        partition by destination, object_id, property order by recorded_at desc
    ) as recency
    from crm_sync.sync_conflicts
) as conflicts
where recency = 1 and not exists (
    select 1 from crm_sync.sync_records as later
    where
        later.destination = conflicts.destination and later.object_id = conflicts.object_id
        and later.outcome = 'acknowledged' and later.recorded_at > conflicts.recorded_at
        and (later.properties ->> conflicts.property) is not null
);
create table if not exists crm_sync.told_up_to (
    destination varchar not null, published_by varchar not null, mapping varchar not null
);
comment on table crm_sync.told_up_to is
    'The run whose marts a CRM was told the whole of, by which mapping; one row per destination.';
comment on table crm_sync.sync_runs is
    'One row per sync with something to say; instants in UTC. States: running, done, failed, '
    'interrupted (cut short, settled by a later run), awaiting_approval.';
comment on table crm_sync.sync_records is
    'Append-only: every step of every record sent to a CRM. Outcomes: planned, held, sent, '
    'acknowledged, rejected, retry, unknown, superseded, skipped, released.';
comment on table crm_sync.sync_plans is
    'Append-only: what each sync with a CRM planned, in figures, with the digest of the plan.';
comment on table crm_sync.sync_approvals is
    'Append-only: who let a plan go that was held.';
comment on table crm_sync.sync_conflicts is
    'Append-only: properties that somebody edited in the CRM and that the marts say otherwise.';
comment on view crm_sync.open_conflicts is
    'The latest conflict of each property of a record that no acknowledgement has settled since.';
"""

_ANSWER_COLUMNS = {
    "sequence": "bigint",
    "outcome": "varchar",
    "reason": "varchar",
    "http_status": "integer",
    "error_category": "varchar",
}

STEP_COLUMNS = {
    "place": "bigint",
    "sequence": "bigint",
    "object_id": "varchar",
    "lead_id": "varchar",
    "change_id": "varchar",
    "properties": "varchar",
    "before": "varchar",
    "outcome": "varchar",
    "reason": "varchar",
    "http_status": "integer",
    "error_category": "varchar",
    "attempt": "integer",
    "sent_to": "varchar",
    "echo": "varchar",
}

# Columns a step copies from the step before it.
_SAME = (
    "run, sequence, destination, object_id, lead_id, change_id, properties, before, attempt, "
    "sent_to"
)


def now() -> datetime:
    """This instant, in UTC, as the warehouse keeps instants."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Step:
    """A step of a record: what became of it, and what the CRM said."""

    change: Change
    outcome: Outcome
    reason: str | None = None
    http_status: int | None = None
    error_category: str | None = None
    echo: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Ledger:
    """The ledger's rows of one destination, in a warehouse that is open for writing."""

    connection: Connection
    destination: str

    def create_tables(self) -> None:
        """Make the schema where it is not there yet."""
        tables = {"sync_runs", "sync_records", "told_up_to", "sync_plans", "open_conflicts"}
        if not tables <= set(self.connection.tables("crm_sync")):
            self.connection.execute(_TABLES)
            for column in ("sent_to varchar", "echo json"):
                self.connection.execute(
                    f"alter table crm_sync.sync_records add column if not exists {column}"
                )

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
                (
                    *(place, step.change.sequence if first is None else first + place),
                    *(step.change.object_id, step.change.lead_id, step.change.change_id),
                    *(_json(step.change.properties), _json(step.change.before)),
                    *(step.outcome.value, step.reason, step.http_status, step.error_category),
                    *(step.change.attempt, step.change.sent_to),
                    _json(step.echo) if step.echo else None,
                )
                for place, step in enumerate(steps)
            ],
        )

    def note(self, run: str, steps: Sequence[Step]) -> None:
        """Write down steps of records, as they are."""
        if steps:
            self.bring(steps)
            self._take("select * from crm_steps", "place", run)

    def take_draft(self, run: str) -> None:
        """Take a whole draft in: every record as planned, then what was decided at once."""
        as_planned = "'planned' as outcome, null as reason, null as http_status, null as echo"
        as_decided = "outcome, reason, http_status, echo"
        for columns, which in ((as_planned, ""), (as_decided, "where outcome <> 'planned'")):
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
            "select run, sequence, outcome from crm_sync.sync_records "
            "where destination = ? and object_id = ? order by record_id desc limit 1",
            [self.destination, object_id],
        ).fetchone()
        if found is None or found[2] != Outcome.REJECTED.value:
            return False
        change = Change(int(found[1]), object_id, "", None, {}, {})
        self.note(str(found[0]), [Step(change, Outcome.RELEASED, "by hand")])
        return True

    def waiting(self, run: str) -> Iterator[Change]:
        """Records of a run, in order, that were planned or held and have not left."""
        return changes_of(
            self.connection,
            f"select {_READ} from ({_LAST_STEPS}) as last_steps "
            "where outcome in ('planned', 'held') order by sequence",
            self._of(run),
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
        """The records of a run that the CRM acknowledged, with its echo."""
        return changes_of(
            self.connection,
            f"select {_READ_ECHO} from ({_LAST_STEPS}) as last_steps "
            "where outcome = 'acknowledged' and cast(before as varchar) <> '{}' "
            "order by sequence",
            self._of(run),
        )

    def close_open(self, run: str, last_step: Outcome, outcome: Outcome, reason: str) -> None:
        """Give an end to the records of a run whose last step this is."""
        self.connection.execute(
            f"insert into crm_sync.sync_records ({_SAME}, outcome, reason, recorded_at) "
            f"select {_SAME}, $outcome, $reason, $now from ({_STUCK}) as stuck",
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
            f"select {_READ} from ({_STUCK}) as stuck",
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
_LAST = """
select sequence, outcome
from (
    select
        sequence,
        outcome,
        row_number() over (partition by sequence order by record_id desc) as recency
    from crm_sync.sync_records
    where run = $run and destination = $destination
) as steps
where recency = 1
"""

# The last step of each record of a run, whole.
_LAST_STEPS = """
select * from crm_sync.sync_records
where record_id in (
    select max(record_id) from crm_sync.sync_records
    where
        run = $run and destination = $destination
    group by sequence
)
"""

# The records of a run whose last step is of a kind, as they were planned.
_STUCK = f"""
select * from crm_sync.sync_records
where
    run = $run and destination = $destination and outcome = 'planned'
    and sequence in (select sequence from ({_LAST}) as last_steps where outcome = $last_step)
order by sequence
"""


def changes_of(connection: Connection, sql: str, values: dict[str, Any]) -> Iterator[Change]:
    """Rows of sequence, object_id, lead_id, change_id, properties, before, record, attempt, echo,
    sent_to."""
    for row in connection.stream(sql, values):
        sequence, object_id, lead_id, change_id, properties, before, record, attempt = row[:8]
        echo, sent_to = row[8:] if len(row) > 8 else ("{}", None)
        yield Change(
            sequence=sequence,
            object_id=object_id,
            lead_id=lead_id,
            change_id=change_id,
            properties=json.loads(properties),
            before=json.loads(before),
            record=json.loads(record),
            attempt=attempt,
            echo=json.loads(echo),
            sent_to=sent_to,
        )


def _json(values: Mapping[str, str | None]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, separators=(",", ":"))
