"""Dagster's sensors, freshness policies and the tidying of old runs."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.errors import UnusableInputError
from orchestration.sensors.alerts import (
    OldMartsError,
    Told,
    UntoldError,
    failed_run,
    news,
    published_run,
    tell,
    teller_for,
    untold_crms,
)
from orchestration.sensors.crm_news import crm_news
from orchestration.sensors.landing import Look, fingerprint
from orchestration.warehouse.places import is_missing
from orchestration.workspace import Workspace

KEPT_DAYS = 90
FRESH = timedelta(days=7)
"""What waited longer than that for somebody to look at, at a CRM's first look, is no news."""
NEW_LEADS = "new_leads"
CRM_ATTENTION = "crm_attention"
MINUTE = 60


@dg.sensor(
    minimum_interval_seconds=MINUTE,
    description="Tells new MQLs and hand-raises, clocks at risk or late, once each: "
    "LEADGER_WEBHOOK, else a file.",
)
def new_leads(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look at the published marts when they changed, and tell what is new."""
    workspace = Workspace.locate()
    if is_missing(workspace.readers):
        return dg.SkipReason("nothing has been published yet")
    now, told = datetime.now(UTC).replace(tzinfo=None), Told(workspace.alerts)
    run, is_first_look = published_run(workspace), not told.has_begun(NEW_LEADS)
    is_unchanged = not is_first_look and run is not None and run == context.cursor
    try:
        found = [] if is_unchanged else news(workspace, is_first_look=is_first_look)
    except OldMartsError as error:
        return dg.SkipReason(str(error))
    if is_first_look:
        count = told.begin(NEW_LEADS, found, now)
        context.update_cursor(run or "")
        return dg.SkipReason(f"{count} known at the start, told to nobody")
    teller, how = teller_for(workspace)
    count = tell([*told.waiting, *found], told, teller, how, now)
    context.update_cursor(run or "")  # not when some were not taken: they are looked for again
    return dg.SkipReason(f"{count} told ({how})")


@dg.sensor(
    minimum_interval_seconds=5 * MINUTE,
    description="Tells syncs with a CRM that wait, parked records and edits there, once each.",
)
def crm_attention(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look at the ledger of the CRMs between runs, and tell what somebody has to look at."""
    workspace = Workspace.locate()
    if is_missing(workspace.warehouse):
        return dg.SkipReason("there is no warehouse yet")
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        alerts = crm_news(workspace)
    except UnusableInputError:
        return dg.SkipReason("a run has the warehouse; looking again later")
    told = Told(workspace.alerts)
    if not told.has_begun(CRM_ATTENTION):
        # what waits is told at the first look, too, but for what nobody minded for days
        told.begin(CRM_ATTENTION, [each for each in alerts if each.happened_at <= now - FRESH], now)
    teller, how = teller_for(workspace)
    count = tell([*told.waiting, *alerts], told, teller, how, now)
    return dg.SkipReason(f"{count} told ({how})")


def build_landing_sensor(
    job: Any,
) -> dg.SensorDefinition:
    """The sensor that has files loaded when they land in `LEADGER_RAW`."""

    @dg.sensor(
        name="files_landed",
        job=job,
        minimum_interval_seconds=MINUTE,
        description="Loads LEADGER_RAW when its files have changed and stand still.",
    )
    def files_landed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        raw = os.environ.get("LEADGER_RAW", "")
        if not raw or not Path(raw).expanduser().is_dir():
            return dg.SkipReason("LEADGER_RAW names no folder")
        found = fingerprint(Path(raw).expanduser())
        look, is_ready = Look.remembered(context.cursor).again(found)
        context.update_cursor(look.cursor())
        if not is_ready:
            return dg.SkipReason("no new files, or still being written")
        return dg.RunRequest(run_key=found)

    return files_landed


@dg.run_failure_sensor(description="Tells failed runs: LEADGER_WEBHOOK, else a file.")
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Tell that a run failed, or that it could not tell a CRM, and why in one line."""
    tell_failed_run(
        context.dagster_run.run_id,
        context.failure_event.message or "",
        _untold(context.get_step_failure_events()),
    )


def _untold(failures: Sequence[dg.DagsterEvent]) -> dict[str, str]:
    """The CRMs that were not told, and why; none if anything else failed, too."""
    found = {}
    for each in failures:
        folder, _, name = (each.step_key or "").partition("__")
        if folder != "crm":
            return {}
        data = each.step_failure_data
        said = data.user_failure_data.description if data.user_failure_data else None
        found[name] = said or "something unexpected, which its log says"
    return found


def tell_failed_run(run_id: str, message: str, untold: Mapping[str, str] | None = None) -> None:
    """Tell it, or leave it for the other sensors: Dagster asks about a run once.

    Args:
        run_id: of the run.
        message: why it failed.
        untold: the CRMs it could not tell, and why, if nothing else failed.

    Raises:
        UntoldError: it was not taken.
    """
    workspace, now = Workspace.locate(), datetime.now(UTC).replace(tzinfo=None)
    alert = untold_crms(run_id, untold, now) if untold else failed_run(run_id, message, now)
    told = Told(workspace.alerts)
    teller, how = teller_for(workspace)
    try:
        tell([alert], told, teller, how, now)
    except UntoldError:
        told.keep(alert)
        raise


@dg.op(description=f"Delete what Dagster kept of runs that ended more than {KEPT_DAYS} days ago.")
def delete_old_runs(context: dg.OpExecutionContext) -> int:
    """Delete old runs from Dagster's own history; `control.runs` keeps every run."""
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    old = context.instance.get_run_records(
        filters=dg.RunsFilter(
            created_before=before,
            statuses=[
                dg.DagsterRunStatus.SUCCESS,
                dg.DagsterRunStatus.FAILURE,
                dg.DagsterRunStatus.CANCELED,
            ],
        )
    )
    for record in old:
        context.instance.delete_run(record.dagster_run.run_id)
    context.log.info(f"{len(old)} runs from before {before:%Y-%m-%d} deleted")
    return len(old)


@dg.job(description="Forget what Dagster kept of old runs.", executor_def=dg.in_process_executor)
def forget_old_runs() -> None:
    """Weekly."""
    delete_old_runs()
