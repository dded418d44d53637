"""`leadger run`: the Dagster job in this very process, watched from the terminal."""

from __future__ import annotations

import contextlib
import gc
import os
import time
import traceback
from collections.abc import Collection, Iterator
from typing import Any

import click

from orchestration.erasure.personal_data import masked_message
from orchestration.errors import LeadgerError
from orchestration.reports.progress import LiveProgress, PlainProgress, Progress
from orchestration.reports.screen import screen
from orchestration.run import Run, RunRequest, open_run
from orchestration.workspace import PROJECT

GARBAGE_AFTER = 50_000
LAST_ERROR = PROJECT / "target" / "leadger" / "last_error.txt"


def run_daily(request: RunRequest, *, is_recorded: bool = False) -> int:
    """Run everything, show it, and give the exit code; raises what stops it before it begins."""
    run: Run | None = None
    with _progress() as progress:
        try:
            with open_run(request, progress) as run:
                _execute(run, progress, is_recorded=is_recorded)
        except LeadgerError:
            if run is None:
                raise
        except Exception:
            if run is None:
                raise
    assert run is not None
    return _say(run)


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    console = screen(to_errors=True)
    if console.is_terminal:
        with LiveProgress(console).shown() as live:
            yield live
    else:
        yield PlainProgress(lambda line: click.echo(line, err=True))


def _execute(run: Run, progress: Progress, *, is_recorded: bool = False) -> None:
    """Import, parse and execute; a failure is left in `run.failure`."""
    began = time.perf_counter()
    progress.started("start")
    gc.disable()  # what is imported stays: looking for garbage in it only costs time
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    from orchestration.books import no_books, own_books
    from orchestration.definitions import JOB, build_definitions

    job = build_definitions(run.project, run).resolve_job_def(JOB)
    gc.enable()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    is_recorded = is_recorded and run.clocks.is_regular and not run.request.is_dry
    with own_books() if is_recorded else no_books() as instance:
        progress.finished("start", time.perf_counter() - began, "dagster, dbt", "done")
        result = job.execute_in_process(
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            instance=instance,
            run_id=run.run_id,
            raise_on_error=False,
            tags={"leadger/started_by": run.request.started_by or "command line"},
        )
    if not result.success and run.failure is None:
        told = {f"crm__{name}" for name, each in run.crms.items() if each.failure}
        errors = list(_errors(result, told))
        if errors or not told:
            run.failure = LeadgerError("\n".join(errors) or "Dagster stopped the run.")


def _errors(result: Any, told: Collection[str]) -> Iterator[str]:
    """What Dagster says of the steps that failed, but for those that say it themselves."""
    for event in result.all_events:
        if event.is_step_failure and event.step_key not in told:
            error = event.step_failure_data.error
            yield f"{event.step_key}: {error.message if error else 'failed'}".strip()


def _say(run: Run) -> int:
    from orchestration.reports.render import render

    failure = run.failure
    unexpected = run.unexpected if failure is None or isinstance(failure, LeadgerError) else failure
    if unexpected is not None:
        LAST_ERROR.parent.mkdir(parents=True, exist_ok=True)
        told = masked_message("".join(traceback.format_exception(unexpected)))
        LAST_ERROR.write_text(told, encoding="utf-8")
        click.secho(f"Unexpected: the traceback is in {LAST_ERROR}", err=True, fg="red")
    assert run.summary is not None
    screen().print(render(run.summary), crop=False)
    if isinstance(failure, LeadgerError) and run.summary.state == "failed":
        return failure.exit_code
    return 0 if run.summary.state == "done" else 1
