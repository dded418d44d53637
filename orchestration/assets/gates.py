"""The Great Expectations gates as blocking asset checks: one check per table of each gate."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.steps import RUN, in_step
from orchestration.checks import UNCHANGED, Checked
from orchestration.errors import GateFailedError
from orchestration.quality.report import GateReport
from orchestration.quality.suites import read_checkpoint
from orchestration.run import NOTHING_NEW, Run, Step

SHOWN = 20


def _keys(gate: Step) -> dict[str, dg.AssetKey]:
    """The asset behind each table of a gate; what is built as `marts_next` becomes `marts`."""
    checkpoint = read_checkpoint(gate.value)
    folder = checkpoint.schema_name.removesuffix("_next")
    return {each.table: dg.AssetKey([folder, each.table]) for each in checkpoint.validations}


def _specs(gate: Step) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            gate.value,
            asset=key,
            blocking=True,
            description=f"Great Expectations on {table}.",
        )
        for table, key in _keys(gate).items()
    ]


@dg.multi_asset_check(
    name="check_what_arrived",
    specs=_specs(Step.ARRIVAL_RAW),
    required_resource_keys={RUN},
)
def check_what_arrived(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Raw rows are what the contract says, before anything is built from them."""
    yield from _pass_gate(context, Step.ARRIVAL_RAW, after=(Step.LOAD,))


@dg.multi_asset_check(
    name="check_staging",
    specs=_specs(Step.ARRIVAL_STAGING),
    required_resource_keys={RUN},
)
def check_staging(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Staged rows are fit to make marts from."""
    after = (Step.LOAD, Step.ARRIVAL_RAW, Step.STAGING)
    yield from _pass_gate(context, Step.ARRIVAL_STAGING, after=after)


@dg.multi_asset_check(
    name="check_what_leaves",
    specs=_specs(Step.DEPARTURE),
    required_resource_keys={RUN},
)
def check_what_leaves(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """What the CRM would be told makes sense, before the marts or the CRM change."""
    after = (Step.ARRIVAL_STAGING, Step.MARTS)
    yield from _pass_gate(context, Step.DEPARTURE, after=after)


def _pass_gate(
    context: Any, gate: Step, *, after: tuple[Step, ...]
) -> Iterator[dg.AssetCheckResult]:
    with in_step(context, gate, *after) as (run, outcome):
        if run.work.is_nothing:
            outcome.said = NOTHING_NEW
            report = GateReport(gate.value, run.run_id, [], 0.0, run.workspace.data_docs)
            run.log.note_checks(run.run_id, gate, UNCHANGED)
        else:
            report = run.gates.run(
                gate.value, schemas=run.schemas, passed_batch=run.work.passed_batch
            )
            run.log.note_checks(run.run_id, gate, Checked.of_gate(report))
        run.reports[gate] = report
        kept = sum(1 for each in report.outcomes if each.success)
        outcome.said = outcome.said or f"{kept} of {len(report.outcomes)} expectations met"
        outcome.detail = {"expectations": len(report.outcomes), "met": kept}
        if (gate is Step.DEPARTURE and report.outcomes) or not report.passed:
            run.gates.build_docs()
        if not report.passed:
            outcome.fail(GateFailedError(report.failure_message() + _discard(run, gate)))
        elif gate is Step.ARRIVAL_STAGING and run.clocks.is_regular:
            outcome.detail["verified_batch"] = max(run.log.raw_batches(), default=0)
    yield from _results(report, gate)
    if outcome.failure is not None:
        raise dg.Failure(description=str(outcome.failure), allow_retries=False)


def _discard(run: Run, gate: Step) -> str:
    """Take back what has never passed the gates of what arrives, so that it can be mended."""
    batches = run.log.raw_batches(after=run.log.verified_batch())
    if not run.clocks.is_regular:
        batches = [batch for batch in batches if batch == run.steps[Step.LOAD].detail.get("batch")]
    if gate is Step.DEPARTURE or not batches:
        return ""
    from orchestration.ingest.load import discard_batch

    for batch in batches:
        discard_batch(run.workspace.warehouse, batch)
    named = ", ".join(str(batch) for batch in batches)
    return f"\nThe files just loaded were taken out again (batch {named}): mend them and run again."


def _results(report: GateReport, gate: Step) -> Iterator[dg.AssetCheckResult]:
    """One check result per table of the gate."""
    for table, key in _keys(gate).items():
        found = [each for each in report.outcomes if each.table.rpartition(".")[2] == table]
        unmet = [each for each in found if not each.success]
        blocking = any(each.is_blocking for each in unmet)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=gate.value,
            passed=not unmet,
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            metadata={
                "expectations": len(found),
                "unmet": dg.MetadataValue.json([str(each) for each in unmet[:SHOWN]]),
            },
        )
