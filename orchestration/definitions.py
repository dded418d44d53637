"""The Dagster code location: raw tables, dbt models, checks, publication and CRM as one graph.

`leadger run` executes the same job, `daily`, in its own process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import Field

from orchestration.assets.dbt_project import build_dbt_assets
from orchestration.assets.gates import check_staging, check_what_arrived, check_what_leaves
from orchestration.assets.outlets import HANDOFF, REVIEW, build_outlets
from orchestration.assets.raw import load_files
from orchestration.assets.steps import RUN, RunHolder
from orchestration.dbt_runner import ParsedProject
from orchestration.instants import parse_instant
from orchestration.reports.progress import PlainProgress
from orchestration.review.months import BusinessDays
from orchestration.run import Run, RunRequest, open_run, parsed_project
from orchestration.sensors.definitions import (
    build_landing_sensor,
    crm_attention,
    failed_runs,
    forget_old_runs,
    new_leads,
)
from orchestration.warehouse import layout_name, parse_place
from orchestration.workspace import Workspace

JOB = "daily"
MONDAY_JOB = "monday"
REVIEW_JOB = "review"
PARIS = "Europe/Paris"


class RunSettings(dg.Config):
    """What a run started from Dagster may be told; every answer may be left empty."""

    raw: str = Field(
        default="", description="Folder of files to load. Empty: LEADGER_RAW, else none."
    )
    warehouse: str = Field(
        default="",
        description="DuckDB file or postgresql:// address. Empty: LEADGER_WAREHOUSE, else our own.",
    )
    as_of: str = Field(default="", description="Instant to judge (ISO 8601, UTC). Empty: now.")
    known_at: str = Field(default="", description="See only rows loaded by then. Empty: all rows.")
    full_refresh: bool = Field(
        default=False, description="Rebuild incremental models from nothing."
    )


def request_of(settings: RunSettings, started_by: str) -> RunRequest:
    """The request that settings typed into Dagster's page, or a schedule's, amount to."""
    raw = settings.raw or os.environ.get("LEADGER_RAW", "")
    return RunRequest(
        warehouse=Workspace.locate(
            parse_place(settings.warehouse) if settings.warehouse else None
        ).warehouse,
        raw=Path(raw).expanduser() if raw else None,
        as_of=parse_instant(settings.as_of) if settings.as_of else None,
        known_at=parse_instant(settings.known_at) if settings.known_at else None,
        full_refresh=settings.full_refresh,
        started_by=started_by,
    )


def _tags_to_person(tags: Mapping[str, str]) -> str:
    schedule = tags.get("dagster/schedule_name")
    return f"schedule {schedule}" if schedule else "Dagster's page"


@dg.resource(
    config_schema=RunSettings.to_config_schema().as_field(),
    description="The run under way: holds the warehouse from its first step to its last.",
)
def run_from_settings(context: dg.InitResourceContext) -> Iterator[RunHolder]:
    """The run that a job started from Dagster asks for."""
    dagster_run, log = context.dagster_run, context.log
    assert dagster_run is not None
    assert log is not None
    settings = RunSettings(**context.resource_config)
    holder = RunHolder(
        lambda: open_run(
            request_of(settings, _tags_to_person(dagster_run.tags)),
            PlainProgress(log.info),
            run_id=dagster_run.run_id,
            retried_run_id=dagster_run.parent_run_id,
        )
    )
    try:
        yield holder
    finally:
        holder.close()


def build_review_schedule(job: Any) -> dg.ScheduleDefinition:
    """The schedule of the monthly review: asks every morning whether it is the day."""

    @dg.schedule(
        name="monthly_review",
        job=job,
        cron_schedule="0 8 * * *",
        execution_timezone=PARIS,
        description="The review of the month before, on the first business day at 08:00.",
    )
    def monthly_review(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(PARIS)).date()
        if not BusinessDays.read().is_first_of_month(today):
            return dg.SkipReason(f"{today} is not the first business day of its month")
        return dg.RunRequest(run_key=f"review {today:%Y-%m}")

    return monthly_review


def build_definitions(project: ParsedProject, run: Run | None = None) -> dg.Definitions:
    """The code location over a parsed dbt project; `run` is one that is open already."""
    floors = build_dbt_assets(project)
    marts = [key for floor in floors for key in floor.keys if key.path[0] == "marts"]
    # raw tables are observed, not made: to Dagster they are sources, and not among all
    everything = dg.AssetSelection.all() | dg.AssetSelection.assets(*load_files.keys)
    job = dg.define_asset_job(
        JOB,
        selection=everything - dg.AssetSelection.assets(HANDOFF, REVIEW),
        description="Files in, lead, MQL, SQL and prospect marts and the CRM's copy out.",
    )
    # with all that comes before: a list of last week's marts would be last week's list
    monday_job = dg.define_asset_job(
        MONDAY_JOB,
        selection=everything - dg.AssetSelection.assets(REVIEW),
        description="The daily job, then the list each rep works through this week.",
    )
    # likewise: the marts of last night may not know the month is over
    review_job = dg.define_asset_job(
        REVIEW_JOB,
        selection=everything - dg.AssetSelection.assets(HANDOFF),
        description="The daily job, then the review of the last month that is over.",
    )
    resource = run_from_settings
    if run is not None:
        resource = dg.ResourceDefinition.hardcoded_resource(RunHolder.of(run))
    return dg.Definitions(
        assets=[load_files, *floors, *build_outlets(marts)],
        asset_checks=[check_what_arrived, check_staging, check_what_leaves],
        jobs=[job, monday_job, review_job, forget_old_runs],
        sensors=[build_landing_sensor(job), new_leads, crm_attention, failed_runs],
        schedules=[
            dg.ScheduleDefinition(
                name="business_hours",
                job=job,
                cron_schedule="*/15 9-17 * * 1-5",
                execution_timezone=PARIS,
                description="Every 15 minutes while sales are at work.",
            ),
            dg.ScheduleDefinition(
                name="nightly",
                job=job,
                cron_schedule="30 2 * * *",
                execution_timezone=PARIS,
                description="Once a night.",
            ),
            build_review_schedule(review_job),
            dg.ScheduleDefinition(
                name="monday_list",
                job=monday_job,
                cron_schedule="0 7 * * 1",
                execution_timezone=PARIS,
                description="The list each rep works through, before the week begins.",
            ),
            dg.ScheduleDefinition(
                name="tidy",
                job=forget_old_runs,
                cron_schedule="0 4 * * 0",
                execution_timezone=PARIS,
                description="Forget old runs, once a week.",
            ),
        ],
        resources={RUN: resource},
        # one process: what is imported and parsed for the first step serves the last
        executor=dg.in_process_executor,
    )


@dg.definitions
def leadger() -> dg.Definitions:
    """What Dagster loads."""
    return build_definitions(parsed_project(layout_name(Workspace.locate().warehouse)))
