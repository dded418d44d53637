"""What leaves: the marts for their readers, and the CRM's copy of the status of each contact."""

import shutil
from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.steps import RUN, in_step, run_of
from orchestration.run import DRY_RUNS, Run, Step

PUBLISHED = dg.AssetKey(["marts", "published"])
CRM_FILES = dg.AssetKey(["crm", "files"])
BUILT = (Step.LOAD, Step.ARRIVAL_RAW, Step.STAGING, Step.ARRIVAL_STAGING, Step.MARTS, Step.DEPARTURE)


def build_outlets(marts: list[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The publication, downstream of every mart, and the CRM, downstream of the publication."""

    @dg.asset(
        key=PUBLISHED,
        deps=marts,
        group_name="outlets",
        kinds={"duckdb"},
        output_required=False,
        required_resource_keys={RUN},
        description="The marts where BI tools read them: replaced whole, after the last gate.",
    )
    def publish_marts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        if not run_of(context).clocks.is_regular:
            return
        with in_step(context, Step.PUBLISH, *BUILT) as (run, outcome):
            _publish(run, outcome)
        yield dg.MaterializeResult(metadata={"file": str(run.workspace.published)})

    @dg.asset(
        key=CRM_FILES,
        deps=[PUBLISHED],
        group_name="outlets",
        kinds={"csv"},
        output_required=False,
        required_resource_keys={RUN},
        description="One CSV per run for the CRM's importer: what changed, and the ledger of it.",
    )
    def tell_the_crm(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with in_step(context, Step.CRM, *BUILT, Step.PUBLISH) as (run, outcome):
            report = _sync(run, outcome)
        yield dg.MaterializeResult(metadata={"counts": dg.MetadataValue.json(dict(report.counts))})

    return [publish_marts, tell_the_crm]


def _publish(run: Run, outcome: Any) -> None:
    from orchestration.reports.changes import changes_since_published

    run.changes = changes_since_published(run.workspace.warehouse, run.marts_schema)
    if run.request.is_dry:
        outcome.said = "dry run: the marts in use stay as they are"
        return
    from orchestration.publish import publish

    run.reports[Step.PUBLISH] = publish(
        run.workspace, source_schema=run.marts_schema, target_schema="marts"
    )
    outcome.said = run.workspace.published.name


def _sync(run: Run, outcome: Any) -> Any:
    from orchestration.crm.files import FilesDestination
    from orchestration.crm.sync import sync

    report = sync(
        run.workspace,
        run_id=run.run_id,
        destination=FilesDestination(run.workspace.outbox),
        dry_run=run.request.is_dry,
        started_by=run.request.started_by,
        schema=run.marts_schema if run.request.is_dry else "marts",
    )
    if run.request.is_dry and run.workspace.outbox.exists():
        shutil.copytree(run.workspace.outbox, DRY_RUNS / run.run_id, dirs_exist_ok=True)
    run.reports[Step.CRM] = report
    outcome.detail = {"counts": dict(report.counts)}
    outcome.said = ", ".join(f"{count:,} {name}" for name, count in report.counts.items())
    return report
