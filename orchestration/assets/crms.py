"""CRMs as assets: one per name in LEADGER_CRMS, told once the marts are published."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.assets.steps import RUN, run_of, told_in_words
from orchestration.errors import UnusableInputError
from orchestration.readers_file import share_ledger
from orchestration.run import Run, Step

if TYPE_CHECKING:
    from orchestration.crm.desk import TwoWayReport

CRMS = "LEADGER_CRMS"
BEFORE = (
    Step.LOAD,
    Step.ARRIVAL_RAW,
    Step.STAGING,
    Step.ARRIVAL_STAGING,
    Step.MARTS,
    Step.DEPARTURE,
    Step.PUBLISH,
)


def crms_named() -> list[str]:
    """The CRMs a run tells: names in LEADGER_CRMS, separated by commas.

    Raises:
        UnusableInputError: there is no CRM of that name.
    """
    from orchestration.crm.commands import CRMS as KNOWN

    names = [each.strip() for each in os.environ.get(CRMS, "").split(",") if each.strip()]
    unknown = sorted(set(names) - set(KNOWN))
    if unknown:
        raise UnusableInputError(
            f"{CRMS} names {', '.join(unknown)}; there are {', '.join(KNOWN)}."
        )
    return list(dict.fromkeys(names))


def build_crms(published: dg.AssetKey) -> list[dg.AssetsDefinition]:
    """An asset per CRM, downstream of the publication; they tell one after the other."""
    return [_build(name, published) for name in crms_named()]


def _build(name: str, published: dg.AssetKey) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(["crm", name]),
        deps=[published],
        group_name="outlets",
        kinds={name},
        output_required=False,
        required_resource_keys={RUN},
        description=f"Where everybody stands, in {name}: what changed, or a plan to approve.",
    )
    def tell(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with told_in_words():
            run = run_of(context)
            if not run.clocks.is_regular or run.request.is_dry:
                return
            run.require(*BEFORE)
            report = _sync(run, name)
        yield dg.MaterializeResult(metadata=_metadata(report))

    return tell


def _sync(run: Run, name: str) -> "TwoWayReport":
    from orchestration.crm.commands import reached
    from orchestration.crm.desk import Desk, Marts
    from orchestration.crm.two_way import sync
    from orchestration.warehouse import open_warehouse

    crm, mapping = reached(name)
    age = datetime.now(UTC).replace(tzinfo=None) - run.publication().published_at
    marts = Marts(age.total_seconds() / 3600, not_passed(run))
    try:
        with open_warehouse(run.workspace.warehouse) as connection:
            desk = Desk(connection, crm, mapping, run.workspace.outbox)
            by = run.request.started_by
            return sync(desk, run.run_id, started_by=by, dry_run=False, marts=marts)
    finally:
        share_ledger(run.workspace)


def not_passed(run: Run) -> list[str]:
    """dbt's tests, and expectations on what leaves, that did not pass in this run.

    Dagster may start an asset although a test of what it reads has failed: so look.
    """
    builds = [run.reports[step] for step in (Step.STAGING, Step.MARTS) if step in run.reports]
    failed = [
        f"dbt test {result.name}"
        for build in builds
        for result in build.results
        if result.is_test and result.status not in ("pass", "warn", "skipped")
    ]
    gate = run.reports.get(Step.DEPARTURE)
    if gate is not None:
        failed += [f"expectation {each.name}" for each in gate.outcomes if not each.success]
    return failed


def _metadata(report: "TwoWayReport") -> dict[str, str | int]:
    figures = report.figures
    found: dict[str, str | int] = {"state": report.state, "run": report.run}
    if figures is not None:
        found |= {"planned": figures.planned, "records": figures.rows, "new": figures.new}
        found |= {"backward": figures.backward}
    found |= {"objections": report.objections, "conflicts": report.conflicts}
    found |= {outcome: count for outcome, count in report.counts.items() if count}
    if report.reasons:
        found["held"] = "; ".join(report.reasons)
    return found
