"""The ledger of what the CRM was told: schema `crm_sync`, read by RevOps with SQL.

`sync_records` is append-only: each step of a record is a row. What the CRM last acknowledged is
derived from it, so the baseline of the next plan moves on acknowledgement and on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
    recorded_at timestamp not null
);
create table if not exists crm_sync.told_up_to (
    destination varchar not null, published_by varchar not null, mapping varchar not null
);
comment on table crm_sync.told_up_to is
    'The run whose marts a CRM was told the whole of, by which mapping; one row per destination.';
comment on table crm_sync.sync_runs is
    'One row per sync with something to say; instants in UTC. States: running, done, failed, '
    'interrupted (cut short, settled by a later run).';
comment on table crm_sync.sync_records is
    'Append-only: every step of every record sent to a CRM. Outcomes: planned, held, sent, '
    'acknowledged, rejected, retry, unknown, superseded, skipped.';
"""

_ANSWER_COLUMNS = {
    "sequence": "bigint",
    "outcome": "varchar",
    "reason": "varchar",
    "http_status": "integer",
    "error_category": "varchar",
}

# Columns a step copies from the step before it.
_SAME = "run, sequence, destination, object_id, lead_id, change_id, properties, before, attempt"


def now() -> datetime:
    """This instant, in UTC, as the warehouse keeps instants."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Ledger:
    """The ledger's rows of one destination, in a warehouse that is open for writing."""

    connection: Connection
    destination: str

    def create_tables(self) -> None:
        """Make the schema where it is not there yet."""
        tables = {"sync_runs", "sync_records", "told_up_to"}
        if not tables <= set(self.connection.tables("crm_sync")):
            self.connection.execute(_TABLES)

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
            "cast(before as json), attempt, 'planned', ? from crm_sync.plan order by sequence",
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
            "select sequence, object_id, lead_id, change_id, properties, before, '{}', attempt "
            f"from ({_STUCK}) as stuck",
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

# The records of a run whose last step is of a kind, as they were planned.
_STUCK = f"""
select * from crm_sync.sync_records
where
    run = $run and destination = $destination and outcome = 'planned'
    and sequence in (select sequence from ({_LAST}) as last_steps where outcome = $last_step)
order by sequence
"""


def changes_of(connection: Connection, sql: str, values: dict[str, Any]) -> Iterator[Change]:
    """Rows of (sequence, object_id, lead_id, change_id, properties, before, record, attempt)."""
    for row in connection.stream(sql, values):
        sequence, object_id, lead_id, change_id, properties, before, record, attempt = row
        yield Change(
            sequence=sequence,
            object_id=object_id,
            lead_id=lead_id,
            change_id=change_id,
            properties=json.loads(properties),
            before=json.loads(before),
            record=json.loads(record),
            attempt=attempt,
        )
