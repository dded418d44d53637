"""What leaves: the marts for their readers, what CRMs are told, the Monday list, the review."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.assets.crms import build_crms
from orchestration.assets.steps import KEPT_FRESH, RUN, in_step, run_of, told_in_words
from orchestration.readers_file import share_ledger
from orchestration.reports.changes import changes_to_publish
from orchestration.reports.summary import crm_counts
from orchestration.run import DRY_RUNS, NOTHING_NEW, Run, Step, StepOutcome
from orchestration.warehouse import Connection, open_warehouse
from orchestration.work import record_publication

if TYPE_CHECKING:
    from orchestration.crm.sync import SyncReport

PUBLISHED = dg.AssetKey(["marts", "published"])
CRM_FILES = dg.AssetKey(["crm", "files"])
HANDOFF = dg.AssetKey(["handoff", "weekly"])
REVIEW = dg.AssetKey(["review", "monthly"])
BUILT = (
    Step.LOAD,
    Step.ARRIVAL_RAW,
    Step.STAGING,
    Step.ARRIVAL_STAGING,
    Step.MARTS,
    Step.DEPARTURE,
)


def build_outlets(marts: list[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The publication, downstream of every mart; CRMs, list and review, downstream of it."""

    @dg.asset(
        key=PUBLISHED,
        deps=marts,
        freshness_policy=KEPT_FRESH,
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
        yield dg.MaterializeResult(metadata={"place": str(run.workspace.readers)})

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
        yield dg.MaterializeResult(metadata=dict(crm_counts(report)))

    @dg.asset(
        key=HANDOFF,
        deps=[PUBLISHED],
        group_name="outlets",
        kinds={"html", "csv"},
        output_required=False,
        required_resource_keys={RUN},
        description="The Monday list: per team a page and a CSV file, in English and French.",
    )
    def write_the_lists(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with told_in_words():
            run = run_of(context)
            if not run.clocks.is_regular or run.request.is_dry:
                return
            run.require(*BUILT, Step.PUBLISH)
            metadata = _write_lists(run)
        yield dg.MaterializeResult(metadata=metadata)

    @dg.asset(
        key=REVIEW,
        deps=[PUBLISHED],
        group_name="outlets",
        kinds={"html"},
        output_required=False,
        required_resource_keys={RUN},
        description="The monthly review: a page per language, of the last month that is over.",
    )
    def write_the_review(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with told_in_words():
            run = run_of(context)
            if not run.clocks.is_regular or run.request.is_dry:
                return
            run.require(*BUILT, Step.PUBLISH)
            metadata = _write_review(run)
        yield dg.MaterializeResult(metadata=metadata)

    return [
        publish_marts,
        tell_the_crm,
        *build_crms(PUBLISHED),
        write_the_lists,
        write_the_review,
    ]


def _write_lists(run: Run) -> dict[str, str | int]:
    from orchestration.handoff.files import write_handoff
    from orchestration.handoff.lists import read_handoff
    from orchestration.handoff.words import LANGUAGES

    handoff = read_handoff(run.workspace.warehouse)
    for lang in LANGUAGES:
        write_handoff(handoff, lang, run.workspace.handoff)
    leads = sum(len(team.leads) for team in handoff.teams)
    return {"week": handoff.week.label, "leads": leads, "folder": str(run.workspace.handoff)}


def _write_review(run: Run) -> dict[str, str]:
    from orchestration.review.marts import read_review
    from orchestration.review.page import file_name, write_page
    from orchestration.review.words import LANGUAGES

    review = read_review(run.workspace.warehouse)
    for lang in LANGUAGES:
        write_page(review, lang, run.workspace.reviews / file_name(review, lang))
    return {"month": review.month.label, "folder": str(run.workspace.reviews)}


def _publish(run: Run, outcome: StepOutcome) -> None:
    run.changes = {}
    if not run.work.is_nothing:
        run.changes = changes_to_publish(run.workspace.warehouse, run.marts_schema)
    from orchestration.audit.chain import seal
    from orchestration.audit.witness import witness
    from orchestration.publish import Built, Way, publish

    work, publication = run.work, run.publication()

    def record(connection: Connection) -> None:
        run.audit_head = seal(connection, run_id=run.run_id, recorded_at=publication.published_at)
        record_publication(connection, publication)

    report = publish(
        run.workspace,
        None
        if work.is_nothing
        else Built(
            run.run_id,
            publication.published_at,
            is_everybody=work.why_everybody is not None,
            ways={table: Way(way) for table, way in run.project.ways().items()},
        ),
        run_id=run.run_id,
        previous_run_id=work.since.run_id if work.since is not None else None,
        record=record,
    )
    with open_warehouse(run.workspace.warehouse) as connection:
        witness(run.workspace, connection)
    run.reports[Step.PUBLISH] = report
    outcome.said = f"{len(report.tables)} tables in {report.place.name}"
    if work.is_nothing:
        outcome.said = NOTHING_NEW
    if run.request.is_dry:
        outcome.said = "dry run: the marts in use stay as they are"


def _sync(run: Run, outcome: StepOutcome) -> "SyncReport":
    from orchestration.crm.files import FilesDestination
    from orchestration.crm.mapping import read_mapping
    from orchestration.crm.sync import sync

    mapping, since = read_mapping(FilesDestination.name), run.work.since
    try:
        report = sync(
            run.workspace,
            run_id=run.run_id,
            destination=FilesDestination(run.workspace.outbox, mapping),
            dry_run=run.request.is_dry,
            started_by=run.request.started_by,
            mapping=mapping,
            published_by=run.run_id,
            unchanged_since=since.run_id if since is not None and run.work.is_nothing else None,
        )
    finally:
        if not run.request.is_dry:
            share_ledger(run.workspace)
    if run.request.is_dry and report.file is not None:
        DRY_RUNS.mkdir(parents=True, exist_ok=True)
        report = replace(report, file=Path(shutil.copy2(report.file, DRY_RUNS)))
    run.reports[Step.CRM] = report
    outcome.detail = crm_counts(report)
    said = [f"{count:,} {name}" for name, count in outcome.detail.items()]
    outcome.said = ", ".join(said) or "nothing new to say"
    return report
