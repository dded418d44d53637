"""One run: what it was asked, what it may touch, how each step of it ended.

The steps themselves are Dagster assets and checks (`orchestration/assets/`); they find the run in
the job's resource `run`, whoever started it: `leadger run`, Dagster's page or a schedule.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import hashlib
import shutil
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.checks import UNCHANGED, Checked
from orchestration.dbt_runner import (
    BuildReport,
    Floor,
    ParsedProject,
    build,
    clock_vars,
    parse_project,
)
from orchestration.definition_guard import Definitions, check_unchanged, read_definitions
from orchestration.errors import GateFailedError, LeadgerError, UnusableInputError
from orchestration.lock import hold
from orchestration.reports.progress import Progress, SilentProgress
from orchestration.run_log import RunLog, StepRecord
from orchestration.warehouse import Place, layout_name, open_warehouse, parse_place, warehouse_at
from orchestration.work import Publication, Sources, Work, work_to_do
from orchestration.workspace import PROJECT, Workspace

if TYPE_CHECKING:
    from orchestration.audit.chain import Head
    from orchestration.quality.gates import GateSession
    from orchestration.reports.crm_lines import CrmLine
    from orchestration.reports.summary import Summary

DEFINITIONS = PROJECT / "seeds" / "definitions"
DRY_RUNS = PROJECT / "target" / "leadger" / "dry_runs"
NOTHING_NEW = "nothing new"


class Step(StrEnum):
    """The steps of a run, in order; the value names it in `control.run_steps`."""

    LOAD = "load"
    ARRIVAL_RAW = "arrival_raw"
    STAGING = "staging"
    ARRIVAL_STAGING = "arrival_staging"
    ERASURE = "erasure"
    MARTS = "marts"
    DEPARTURE = "departure_crm"
    PUBLISH = "publish"
    CRM = "crm"


@dataclass(frozen=True)
class RunRequest:
    """What somebody asks of a run; instants are aware."""

    warehouse: Place
    raw: Path | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    full_refresh: bool = False
    is_dry: bool = False
    started_by: str = ""


@dataclass(frozen=True)
class Clocks:
    """The instants a run judges by (naive UTC), and the tail of the schemas it builds into."""

    as_of: datetime
    known_at: datetime | None
    schema_suffix: str = ""

    @property
    def is_regular(self) -> bool:
        """Whether the run builds the marts in use; if not, it travels in time."""
        return not self.schema_suffix


@dataclass
class StepOutcome:
    """How a step went; filled in by the step itself."""

    detail: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    state: str = "done"
    seconds: float = 0.0
    failure: LeadgerError | None = None

    def fail(self, failure: LeadgerError) -> None:
        """End the step as failed, without raising: its events are still to be reported."""
        self.failure = failure


LONGEST_SUFFIX = 63 - len("intermediate")
"""PostgreSQL cuts longer names off, without a word."""


def _compact(instant: datetime) -> str:
    """An instant as part of a schema's name: all lower case, which no tool has to quote."""
    text = instant.isoformat(timespec="auto").lower()
    return text.replace("-", "").replace(":", "").replace(".", "_")


def choose_clocks(request: RunRequest, latest: datetime | None, now: datetime) -> Clocks:
    """What to judge by: an instant before the latest regular run's, or a loading clock, is travel.

    A run that names neither judges now, and is always a regular one. With a loading clock alone
    it judges at that instant: the same question has the same answer in a year.
    """
    known_at = _naive_utc(request.known_at) if request.known_at else None
    as_of = _naive_utc(request.as_of or min(request.known_at or now, now))
    is_behind = request.as_of is not None and latest is not None and as_of < latest
    suffix = ""
    if request.as_of is not None and (is_behind or known_at is not None):
        suffix += f"__as_of_{_compact(as_of)}"
    if known_at is not None:
        suffix += f"__known_at_{_compact(known_at)}"
    if len(suffix) > LONGEST_SUFFIX:
        suffix = f"__travel_{hashlib.sha256(suffix.encode()).hexdigest()[:24]}"
    return Clocks(as_of, known_at, suffix)


def _naive_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


@dataclass
class Run:
    """A run under way: the state its steps share."""

    run_id: str
    request: RunRequest
    workspace: Workspace
    clocks: Clocks
    definitions: Definitions
    log: RunLog
    progress: Progress
    started_at: datetime
    steps: dict[Step, StepOutcome] = field(default_factory=dict)
    reports: dict[Step, Any] = field(default_factory=dict)
    changes: dict[str, int] | None = None
    audit_head: Head | None = None
    crms: dict[str, CrmLine] = field(default_factory=dict)
    """What became of each CRM that was to be told, by name."""
    unexpected: BaseException | None = None
    """What nobody foresaw, where the run itself went on."""
    failure: BaseException | None = None
    summary: Summary | None = None

    @property
    def marts_schema(self) -> str:
        """Where this run builds its marts."""
        suffix = self.clocks.schema_suffix
        return f"marts{suffix}" if suffix else "marts_next"

    @property
    def schemas(self) -> Mapping[str, str]:
        """Where this run builds each floor, for those who read them by their usual names."""
        suffix = self.clocks.schema_suffix
        floors = {name: f"{name}{suffix}" for name in ("staging", "intermediate")}
        return {**floors, "marts": self.marts_schema, "marts_next": self.marts_schema}

    @functools.cached_property
    def project(self) -> ParsedProject:
        """The dbt project, parsed once for this run's schemas."""
        return parsed_project(layout_name(self.workspace.warehouse), self.clocks.schema_suffix)

    @functools.cached_property
    def work(self) -> Work:
        """What there is to do; decided once, after the load."""
        with open_warehouse(self.workspace.warehouse) as connection:
            return work_to_do(
                connection,
                sources=Sources.of(self.definitions, self.clocks.as_of, DEFINITIONS.parent.parent),
                as_of=self.clocks.as_of,
                batch=max(self.log.raw_batches(), default=0),
                is_travel=not self.clocks.is_regular,
                is_full_refresh=self.request.full_refresh,
            )

    @functools.cached_property
    def gates(self) -> GateSession:
        """The gates of this run; they share one set of Data Docs."""
        from orchestration.quality.gates import GateSession

        return GateSession(self.workspace.warehouse, self.run_id, self.workspace.data_docs)

    @contextlib.contextmanager
    def step(self, step: Step) -> Iterator[StepOutcome]:
        """Time a step, show it, and record how it ended; what it raises is the run's failure."""
        outcome = self.steps[step] = StepOutcome()
        self.progress.started(step)
        began = time.perf_counter()
        try:
            yield outcome
        except BaseException as error:
            outcome.state, outcome.said = "failed", outcome.said or "failed"
            self.failure = error
            raise
        finally:
            if outcome.failure is not None:
                outcome.state, self.failure = "failed", outcome.failure
            outcome.seconds = time.perf_counter() - began
            self.progress.finished(step, outcome.seconds, outcome.said, outcome.state)

    def require(self, *steps: Step, despite: Step | None = None) -> None:
        """Go on only if these steps were done: the graph alone is not trusted to stop us.

        A failure of the step `despite` is no reason to stop.
        """
        undone = [s for s in steps if not self.is_done(s)]
        is_excused = despite in self.steps and not self.is_done(despite)
        if undone or (self.failure is not None and not is_excused):
            names = ", ".join(undone) or "an earlier step"
            raise LeadgerError(f"Not done before this step: {names}. Start a new run.")

    def is_done(self, step: Step | None) -> bool:
        """Whether a step was done, by this run or the one it goes on for."""
        return step in self.steps and self.steps[step].state == "done"

    @property
    def has_published(self) -> bool:
        """Whether the marts in use are those of this run."""
        is_real = self.clocks.is_regular and not self.request.is_dry
        return is_real and self.is_done(Step.PUBLISH)

    def build_floor(self, floor: Floor, step: Step, outcome: StepOutcome) -> BuildReport:
        """Let dbt build one floor, showing each model as it is done."""
        if self.work.is_nothing:
            outcome.said = NOTHING_NEW
            self.log.note_checks(self.run_id, step, UNCHANGED)
            return BuildReport(floor, ())
        report = self._build(floor, step)
        self.log.note_checks(self.run_id, step, Checked.of_build(report))
        self.reports[step] = report
        built, tests = report.count("success", tests=False), report.count("pass", tests=True)
        outcome.said = f"{built} tables and views, {tests} tests passed"
        if not report.passed:
            outcome.said = "failed"
            outcome.fail(GateFailedError(report.failure_message()))
        return report

    def erase_whoever_asked(self) -> None:
        """Erase people who asked for it since the last run, and stage what is left again.

        Raises `GateFailedError` when that cannot be built, and `UnusableInputError` when the key
        of earlier erasures is missing; the next run tries again.
        """
        if self.work.is_nothing or not self.clocks.is_regular or self.request.is_dry:
            return
        from orchestration.erasure.carry_out import carry_out
        from orchestration.erasure.erase import pending

        with open_warehouse(self.workspace.warehouse) as connection:
            people = pending(connection, self.schemas)
        if not people:
            return
        with self.step(Step.ERASURE) as outcome:
            report = carry_out(
                self.workspace, run_id=self.run_id, now=datetime.now(UTC), schemas=self.schemas
            )
            again = self._build(Floor.STAGING, Step.ERASURE)
            self.log.note_checks(self.run_id, Step.ERASURE, Checked.of_build(again))
            again.raise_if_failed()
            rows = sum(report.rows.values()) if report is not None else 0
            outcome.detail = {"people": len(people), "rows": rows}
            outcome.said = f"{len(people):,} people, {rows:,} rows"

    def _build(self, floor: Floor, step: Step) -> BuildReport:
        seeds = self.work.sources.seeds
        skip_seeds = floor is Floor.STAGING and self.log.seeded() == seeds
        if floor is Floor.STAGING and not skip_seeds:
            self.log.note_seeded(None)
        if floor is Floor.MARTS and self.clocks.is_regular:
            self._forget_unpublished()
        report = build(
            self.project,
            floor,
            self.workspace.warehouse,
            self._variables(),
            full_refresh=self.work.is_staging_afresh,
            skip_seeds=skip_seeds,
            on_node=functools.partial(self.progress.advanced, step),
        )
        if floor is Floor.STAGING and report.passed:
            self.log.note_seeded(seeds)
        return report

    def _variables(self) -> dict[str, Any]:
        return {
            **clock_vars(self.clocks.as_of, self.clocks.known_at),
            **self.work.variables(),
            "run_id": self.run_id,
            "recorded_at": _naive_utc(self.started_at).isoformat(sep=" "),
        }

    def _forget_unpublished(self) -> None:
        """Marts that an earlier run built and did not publish are nothing to add to."""
        with open_warehouse(self.workspace.warehouse) as connection:
            connection.execute(f"drop schema if exists {self.marts_schema} cascade")

    def publication(self) -> Publication:
        """What the marts of this run are built from, for the record of whoever publishes them."""
        now = datetime.now(UTC).replace(tzinfo=None)
        work = self.work
        return Publication(self.run_id, now, work.batch, self.clocks.as_of, work.sources)

    def resume(self, earlier_run_id: str) -> None:
        """Take over what the run being retried had done, if nothing ran in between."""
        self.log.take_over_checks(earlier_run_id, self.run_id)
        for record in self.log.steps(earlier_run_id):
            if record.state == "done":
                self.steps[Step(record.step)] = StepOutcome(
                    dict(record.detail), state="done", seconds=record.seconds
                )

    def close(self) -> None:
        """Say how it all ended, in the log and in a summary."""
        from orchestration.reports.summary import collect

        last = Step.CRM if self.clocks.is_regular else Step.DEPARTURE
        is_done = self.failure is None and last in self.steps
        is_told = is_done and not any(each.failure for each in self.crms.values())
        state = "done" if is_told else "crm_failed" if self.has_published else "failed"
        self.summary = collect(self, state)
        used = (self.definitions, self.definitions.used_at(self.clocks.as_of.replace(tzinfo=UTC)))
        self.log.finish(
            self.run_id,
            state,
            self.summary.as_dict(),
            [
                StepRecord(step, each.state, each.seconds, each.detail)
                for step, each in self.steps.items()
            ],
            used if state != "failed" and self.clocks.is_regular else None,
        )


@functools.cache
def parsed_project(warehouse_name: str, schema_suffix: str = "") -> ParsedProject:
    """The project parsed once per process and layout of schemas."""
    return parse_project(parse_place(warehouse_name), schema_suffix)


@contextlib.contextmanager
def open_run(
    request: RunRequest,
    progress: Progress | None = None,
    *,
    run_id: str | None = None,
    retried_run_id: str | None = None,
) -> Iterator[Run]:
    """Wait for the warehouse, check the definitions, and hold a run open while its steps go on.

    Raises `UnusableInputError`, with nothing changed, when the run cannot begin.
    """
    progress = progress or SilentProgress()
    workspace = Workspace.locate(request.warehouse)
    definitions = read_definitions(DEFINITIONS)
    with hold(workspace, progress.note), _own_copy(request, workspace) as workspace:
        log = RunLog(workspace.warehouse)
        with log.held():
            log.prepare()
            check_unchanged(definitions, log.used_definitions())
            if request.raw is None and not log.raw_batches():
                raise UnusableInputError(
                    f"Nothing has been loaded into {workspace.warehouse} yet. Name a folder of "
                    "CSV or Parquet files: leadger run --raw FOLDER"
                )
            started_at = datetime.now(UTC)
            latest = log.recent(1)
            is_retry = bool(latest) and retried_run_id == latest[0].run_id
            if is_retry:
                request = replace(request, as_of=latest[0].as_of.replace(tzinfo=UTC))
            request = replace(request, started_by=request.started_by or whoami())
            clocks = choose_clocks(request, log.latest_as_of(), started_at)
            run = Run(
                run_id or str(uuid.uuid4()),
                *(request, workspace, clocks, definitions, log, progress, started_at),
            )
            if is_retry and retried_run_id is not None:
                run.resume(retried_run_id)
            log.start(
                run.run_id,
                started_at,
                clocks.as_of,
                clocks.known_at,
                is_regular=clocks.is_regular,
                started_by=request.started_by,
            )
        try:
            yield run
        except BaseException as error:
            run.failure = run.failure or error
            raise
        finally:
            run.close()


def whoami() -> str:
    """The person at the keyboard, for the record."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()


@contextlib.contextmanager
def _own_copy(request: RunRequest, workspace: Workspace) -> Iterator[Workspace]:
    """For a dry run, a copy of the warehouse that is thrown away; else the warehouse itself."""
    if not request.is_dry:
        yield workspace
        return
    with (
        tempfile.TemporaryDirectory(prefix="leadger_dry_run_", dir=workspace.folder) as folder,
        warehouse_at(workspace.warehouse).copied(Path(folder)) as place,
    ):
        copy = Workspace(place, Path(folder))
        if workspace.erasure_key.exists():
            shutil.copy2(workspace.erasure_key, copy.erasure_key)
        yield copy
