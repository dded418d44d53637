"""The figures a run ends with, read from the warehouse it leaves behind."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.erasure.personal_data import masked_message
from orchestration.reports.changes import touched_people
from orchestration.reports.crm_lines import CrmLine
from orchestration.run import Step
from orchestration.warehouse import Connection, open_warehouse

if TYPE_CHECKING:
    from orchestration.crm.sync import SyncReport
    from orchestration.run import Run

BUILDS = (Step.STAGING, Step.MARTS)
GATES = (Step.ARRIVAL_RAW, Step.ARRIVAL_STAGING, Step.DEPARTURE)

STAGES = (
    "lead",
    "mql",
    "sql",
    "prospect",
    "customer",
    "nurturing",
    "disqualified",
    "opted_out",
)
"""Stages in the order people read them."""


@dataclass(frozen=True)
class TableCounts:
    """Where the rows of one raw table went; in = staged + duplicate + quarantined."""

    table: str
    rows_in: int
    staged: int
    duplicate: int
    quarantined: int


@dataclass(frozen=True)
class StepTime:
    """How one step of the run went."""

    step: str
    state: str
    seconds: float


@dataclass(frozen=True)
class Checks:
    """What was checked, and what did not hold."""

    expectations: int = 0
    expectations_met: int = 0
    tests: int = 0
    tests_passed: int = 0
    tests_warned: int = 0
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Leak:
    """One way in which leads get lost, and how many do; value in the reporting currency."""

    label: str
    cases: int
    deal_value: float


@dataclass(frozen=True)
class AuditHead:
    """The head of the audit chain after a run."""

    run_number: int
    rows_in_run: int
    rows_so_far: int
    chained_digest: str


@dataclass(frozen=True)
class Summary:
    """One run, in figures; instants are naive UTC."""

    run_id: str
    state: str
    is_regular: bool
    is_dry: bool
    as_of: datetime
    known_at: datetime | None
    seconds: float
    peak_memory_mb: int
    warehouse: str
    marts: str
    published: str | None = None
    failure: str = ""
    tables: Sequence[TableCounts] = ()
    population: Mapping[str, int] = field(default_factory=dict)
    touched: Mapping[str, int] = field(default_factory=dict)
    """People recomputed, by the plainest reason why."""
    why_everybody: str | None = None
    stages: Mapping[str, int] = field(default_factory=dict)
    ever: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] | None = None
    checks: Checks = Checks()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    leaks: Sequence[Leak] = ()
    audit: AuditHead | None = None
    crm: Mapping[str, int] | None = None
    crm_file: str | None = None
    crms: Sequence[CrmLine] = ()
    """CRMs that can be asked: what each was told, or why not."""
    steps: Sequence[StepTime] = ()
    example_lead: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """What is kept in `control.runs`: no personal data."""
        crms = [asdict(replace(each, failure=masked_message(each.failure))) for each in self.crms]
        kept = {"example_lead": None, "failure": masked_message(self.failure), "crms": crms}
        return asdict(self) | kept


def collect(run: Run, state: str) -> Summary:
    """Read the figures of a run that has ended, well or not."""
    is_done = state != "failed"
    marts = run.marts_schema if is_done and not run.clocks.is_regular else "marts"
    failure = _failure(run, state)
    sync = run.reports.get(Step.CRM)
    summary = Summary(
        run_id=run.run_id,
        state=state,
        is_regular=run.clocks.is_regular,
        is_dry=run.request.is_dry,
        as_of=run.clocks.as_of,
        known_at=run.clocks.known_at,
        seconds=(datetime.now(UTC) - run.started_at).total_seconds(),
        peak_memory_mb=peak_memory_mb(),
        warehouse=str(run.request.warehouse),
        marts=marts,
        published=str(run.workspace.readers) if run.has_published else None,
        failure=failure,
        changes=run.changes,
        why_everybody=run.work.why_everybody if is_done else None,
        touched=_touched(run) if is_done else {},
        checks=_checks(run),
        audit=_audit(run),
        crm=crm_counts(sync) if sync is not None else None,
        crm_file=str(sync.file) if sync is not None and sync.file else None,
        crms=list(run.crms.values()),
        steps=[StepTime(step, each.state, each.seconds) for step, each in run.steps.items()],
    )
    figures: dict[str, Any] = {}
    try:
        with open_warehouse(run.workspace.warehouse) as connection:
            figures = read_figures(connection, marts, run.schemas["staging"])
    except Exception as error:
        if is_done:
            raise
        # what made the run fail may keep its figures from being read; it is told first
        unread = f"{failure}\nIts figures could not be read either: {error}"
        summary = replace(summary, failure=unread)
    if not is_done:
        figures = {name: figures.get(name, {}) for name in ("stages", "ever")} | {
            "tables": figures.get("tables", ()) if _is_staged(run) else ()
        }
    return Summary(**{**_shallow(summary), **figures})


def _failure(run: Run, state: str) -> str:
    """Why a run did not do all it was to do; empty if it did."""
    if run.failure is not None:
        return str(run.failure) or f"The run was stopped ({type(run.failure).__name__})."
    if state == "crm_failed":
        untold = [
            f"{each.name} was not told: {each.failure}"
            for each in run.crms.values()
            if each.failure
        ]
        return "\n".join(untold) or "The run did not reach its end."
    return "" if state == "done" else "The run did not reach its end."


def _audit(run: Run) -> AuditHead | None:
    head = run.audit_head
    if head is None:
        return None
    return AuditHead(head.run_number, head.rows_in_run, head.rows_so_far, head.chained_digest)


def _touched(run: Run) -> dict[str, int]:
    if run.work.is_nothing:
        return {}
    return touched_people(run.workspace.warehouse, run.schemas["intermediate"])


def _is_staged(run: Run) -> bool:
    """Whether this run, and not an earlier one, made the staging tables."""
    return Step.STAGING in run.steps and run.steps[Step.STAGING].state == "done"


def _shallow(summary: Summary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in summary.__dataclass_fields__}


def read_figures(connection: Connection, marts: str, staging: str) -> dict[str, Any]:
    """The figures that can be read from a warehouse at any time."""

    def pairs(schema: str, table: str, query: str) -> dict[str, int]:
        if not connection.has_table(schema, table):
            return {}
        found = connection.execute(query.format(table=f'"{schema}"."{table}"')).fetchall()
        return {str(name): int(count) for name, count in found}

    tables: list[TableCounts] = []
    if connection.has_table(staging, "staging_row_counts"):
        rows = connection.execute(
            "select table_name, rows_in, rows_staged, rows_duplicate, rows_quarantined "
            f'from "{staging}".staging_row_counts'
        ).fetchall()
        tables = [TableCounts(*row) for row in rows]
    stages = pairs(
        marts, "leads", "select coalesce(stage, 'none'), count(*) from {table} group by 1"
    )
    ever: dict[str, int] = {}
    example = None
    if stages:
        row = connection.execute(
            "select count(*), count(first_mql_at), count(first_sql_at), count(first_prospect_at), "
            f'count(became_customer_at) from "{marts}".leads'
        ).fetchall()[0]
        ever = dict(zip(("lead", "mql", "sql", "prospect", "customer"), row, strict=True))
        example = connection.execute(
            f'select coalesce(email, lead_id) from "{marts}".leads order by '
            "case stage when 'prospect' then 0 when 'sql' then 1 when 'mql' then 2 else 3 end, "
            "score desc, lead_id limit 1"
        ).fetchall()[0][0]
    return {
        "tables": tables,
        "population": pairs(marts, "population", "select measure, value from {table}"),
        "stages": stages,
        "ever": ever,
        "unmapped": pairs(
            marts,
            "unmapped_event_types",
            "select event_type, sum(events) from {table} group by 1 order by 2 desc, 1",
        ),
        "findings": pairs(
            marts,
            "audit_findings",
            "select finding, count(*) from {table} group by 1 order by 2 desc, 1",
        ),
        "leaks": _leaks(connection, marts),
        "example_lead": example,
    }


def _leaks(connection: Connection, marts: str) -> list[Leak]:
    if not connection.has_table(marts, "leaks"):
        return []
    rows = connection.execute(
        f'select label_en, cases, deal_value from "{marts}".leaks where cases > 0 order by place'
    ).fetchall()
    return [Leak(label, int(cases), float(value)) for label, cases, value in rows]


def _checks(run: Run) -> Checks:
    builds = [run.reports[step] for step in BUILDS if step in run.reports]
    gates = [run.reports[step] for step in GATES if step in run.reports]
    outcomes = [outcome for gate in gates for outcome in gate.outcomes]
    tests = [result for build in builds for result in build.results if result.is_test]
    warned = [result for result in tests if result.status == "warn"]
    warnings = [f"{result.name}: {result.failed_rows:,} row(s)" for result in warned]
    warnings += [
        f"{each.table}: {each.name}, {each.failed_rows or 0:,} row(s)"
        for each in outcomes
        if not each.success and not each.is_blocking
    ]
    return Checks(
        expectations=len(outcomes),
        expectations_met=sum(1 for outcome in outcomes if outcome.success),
        tests=len(tests),
        tests_passed=sum(1 for result in tests if result.status == "pass"),
        tests_warned=len(warned),
        warnings=warnings,
    )


def crm_counts(report: SyncReport) -> dict[str, int]:
    """How many records a sync planned, and what became of them; only what is not zero."""
    names = ("planned", "acknowledged", "rejected", "retry", "unknown", "skipped", "held")
    counts = {name: int(getattr(report, name)) for name in (*names, "objections", "settled")}
    return {name: count for name, count in counts.items() if count}


def peak_memory_mb() -> int:
    """The most memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024
