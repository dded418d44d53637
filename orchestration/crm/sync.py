"""Sync: settle what was left open, plan, write down, send, acknowledge.

The process may die at any point. What is sent is written down and committed before it leaves; so
a record that left has a `sent` row, and the next run asks the destination what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestration.crm.destination import Destination, Outcome
from orchestration.crm.ledger import Ledger
from orchestration.crm.mapping import CrmMapping, read_mapping
from orchestration.crm.planning import Plan, make_plan, write_plan_file
from orchestration.errors import UnusableInputError
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

LEFT_TO_TELL = ("held", "retry", "unknown", "superseded", "skipped")
"""Outcomes that a later sync has to look at again; what was rejected waits for other content."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync did; all counts are of records."""

    run: str
    destination: str
    mode: str
    """`push` or `dry_run`."""
    planned: int = 0
    objections: int = 0
    """Planned records that newly say that somebody must not be reached, at all or by a channel."""
    acknowledged: int = 0
    rejected: int = 0
    retry: int = 0
    unknown: int = 0
    skipped: int = 0
    held: int = 0
    settled: int = 0
    """Records of earlier runs, cut short, that this one found out about."""
    file: Path | None = None
    """What was written: the importer's file, or the plan of a dry run."""


def sync(
    workspace: Workspace,
    *,
    run_id: str,
    destination: Destination,
    started_by: str,
    dry_run: bool = False,
    schema: str = "marts",
    mapping: CrmMapping | None = None,
    published_by: str | None = None,
    unchanged_since: str | None = None,
) -> SyncReport:
    """Tell a CRM what changed since it last acknowledged.

    With nothing new nothing is written: no file, no row.

    Args:
        workspace: the warehouse, which nobody else may have open, and its outbox.
        run_id: names the run in the ledger; a second sync of that name becomes `NAME.2`.
        destination: where to.
        started_by: who or what started it.
        dry_run: only plan: table `crm_sync.plan`, and a file with each value before and after.
        schema: where `crm_lead_status` is.
        mapping: which property says what; the destination's own file if not given.
        published_by: the run that published these marts, if one did.
        unchanged_since: an earlier run whose marts were the same; when the CRM was told all of
            those, nothing is compared.

    Raises:
        UnusableInputError: the mapping fits neither the CRM nor `crm_lead_status`.
    """
    mapping = mapping or read_mapping(destination.name)
    with open_warehouse(workspace.warehouse) as connection:
        ledger = Ledger(connection, destination.name)
        ledger.create_tables()
        settled = _settle(ledger, destination)
        if problems := destination.check(mapping):
            raise UnusableInputError("\n".join(problems))
        run = ledger.free_name(run_id)
        mode = "dry_run" if dry_run else "push"
        known_as = mapping.fingerprint()
        if not dry_run and unchanged_since and ledger.is_told(unchanged_since, known_as):
            ledger.note_told(published_by, known_as)
            return SyncReport(run, destination.name, mode, settled=settled)
        with connection.transaction():
            plan = make_plan(connection, mapping, destination, schema)
            if plan.records:
                state = "done" if dry_run else "running"
                ledger.begin(
                    run, mode=mode, state=state, started_by=started_by, planned=plan.records
                )
            if not dry_run:
                ledger.plan_all(run)
        if plan.records == 0:
            if not dry_run:
                ledger.note_told(published_by, known_as)
            return SyncReport(run, destination.name, mode, settled=settled)
        if dry_run:
            counts: dict[str, int] = {}
            changes = plan.changes(1, plan.records)
            file: Path | None = write_plan_file(changes, mapping, workspace.outbox, run)
        else:
            counts = _push(ledger, plan, destination, run)
            file = destination.file_of(run)
            is_whole = not any(counts.get(outcome, 0) for outcome in LEFT_TO_TELL)
            ledger.note_told(published_by if is_whole else None, known_as)
        return SyncReport(
            run,
            destination.name,
            mode,
            planned=plan.records,
            objections=plan.objections,
            acknowledged=counts.get("acknowledged", 0),
            rejected=counts.get("rejected", 0),
            retry=counts.get("retry", 0),
            unknown=counts.get("unknown", 0),
            skipped=counts.get("skipped", 0),
            held=counts.get("held", 0),
            settled=settled,
            file=file,
        )


def _settle(ledger: Ledger, destination: Destination) -> int:
    """Give an end to the records of runs that were cut short; gives how many had left."""
    settled = 0
    for run in ledger.unfinished_runs():
        answers = destination.settle(run, ledger.unanswered(run))
        with ledger.connection.transaction():
            settled += ledger.record(run, answers)
            ledger.close_open(run, Outcome.SENT, Outcome.UNKNOWN, "nobody knows what became of it")
            ledger.close_open(
                run, Outcome.PLANNED, Outcome.SUPERSEDED, "the run ended before it was sent"
            )
            ledger.finish(run, "interrupted")
    return settled


def _push(ledger: Ledger, plan: Plan, destination: Destination, run: str) -> dict[str, int]:
    """Send the plan batch by batch; gives counts by outcome."""
    size = destination.batch_size or plan.records
    try:
        for first in range(1, plan.records + 1, size):
            last = min(first + size - 1, plan.records)
            ledger.mark_sent(run, first, last)
            answers = destination.push(run, plan.changes(first, last))
            with ledger.connection.transaction():
                ledger.record(run, answers)
        with ledger.connection.transaction():
            ledger.close_open(
                run, Outcome.SENT, Outcome.UNKNOWN, "the answer did not name this record"
            )
            return ledger.finish(run, "done")
    except Exception:
        ledger.finish(run, "failed")
        raise
