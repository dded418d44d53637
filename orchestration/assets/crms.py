"""CRMs as assets: one per name in LEADGER_CRMS, told once the marts are published."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.assets.steps import RUN, run_of, told_in_words
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.readers_file import share_ledger
from orchestration.run import Run, Step

if TYPE_CHECKING:
    from orchestration.crm.desk import TwoWayReport
    from orchestration.crm.standing import Standing

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
    if "files" in names:
        raise UnusableInputError(f"{CRMS}: every run tells `files`; leave it out.")
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
            report = tell_crm(run, name)
        yield dg.MaterializeResult(metadata=_metadata(report))

    return tell


def tell_crm(run: Run, name: str) -> "TwoWayReport":
    """Sync with a CRM, and leave in the run what became of it, well or not."""
    from orchestration.reports.crm_lines import CrmLine

    try:
        run.require(*BEFORE, despite=Step.CRM)
        report, standing = _sync(run, name)
    except Exception as error:
        run.crms[name] = CrmLine.failed(name, error)
        if not isinstance(error, LeadgerError):
            run.unexpected = error
        raise
    run.crms[name] = CrmLine.of(name, report, standing)
    return report


def _sync(run: Run, name: str) -> "tuple[TwoWayReport, Standing]":
    from orchestration.crm.commands import reached
    from orchestration.crm.cut_short import told_how_far
    from orchestration.crm.desk import Desk
    from orchestration.crm.marts_in_use import marts_in_use
    from orchestration.crm.standing import standing_of
    from orchestration.crm.two_way import sync
    from orchestration.warehouse import open_warehouse

    crm, mapping = reached(name)
    try:
        with open_warehouse(run.workspace.warehouse) as connection:
            desk = Desk(connection, crm, mapping, run.workspace.outbox)
            # looked at where it is on record: Dagster may start an asset although a check of what
            # it reads has failed, and the run may be one that made nothing
            marts = marts_in_use(connection, of_run=run.run_id)
            with told_how_far(desk):
                report = sync(
                    desk,
                    run.run_id,
                    started_by=run.request.started_by,
                    dry_run=False,
                    marts=marts,
                    leaves_waiting=True,
                )
            return report, standing_of(connection, name)
    finally:
        share_ledger(run.workspace)


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
