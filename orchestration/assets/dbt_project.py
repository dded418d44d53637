"""The dbt project as assets: seeds and staging in one build, the rest in another."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.assets.steps import KEPT_FRESH, RUN, in_step, run_of, told_in_words
from orchestration.dbt_runner import BuildReport, Floor, ParsedProject
from orchestration.run import Step


class FloorTranslator(DagsterDbtTranslator):
    """Groups assets as the folders do, and leaves the SQL in the files."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder of a model or seed: `staging`, `scoring`, `core` ..."""
        folders = dbt_resource_props["fqn"][1:-1]
        if folders and folders[0] in ("intermediate", "marts"):
            folders = folders[1:]
        return str(folders[0]) if folders else None

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> Any:
        """dagster-dbt's own; marts have to be fresh."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        is_mart = spec.key.path[0] == "marts"
        return spec.replace_attributes(freshness_policy=KEPT_FRESH) if is_mart else spec

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the YAML beside the model says."""
        return str(dbt_resource_props.get("description") or "")


def build_dbt_assets(project: ParsedProject) -> list[dg.AssetsDefinition]:
    """Both floors as assets with their data tests as checks."""
    translator = FloorTranslator()

    def run_floor(
        context: dg.AssetExecutionContext, floor: Floor, step: Step, *after: Step
    ) -> Iterator[Any]:
        with in_step(context, step, *after) as (run, outcome):
            report = run.build_floor(floor, step, outcome)
        yield from _dagster_events(report, context, project, translator)
        if not report.passed:
            raise dg.Failure(description=report.failure_message(), allow_retries=False)

    @dbt_assets(
        manifest=project.nodes,
        name="build_staging",
        dagster_dbt_translator=translator,
        required_resource_keys={RUN},
        select=Floor.STAGING.select,
        exclude=Floor.STAGING.exclude,
    )
    def build_staging(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from run_floor(context, Floor.STAGING, Step.STAGING, Step.LOAD, Step.ARRIVAL_RAW)

    @dbt_assets(
        manifest=project.nodes,
        name="build_marts",
        dagster_dbt_translator=translator,
        required_resource_keys={RUN},
        select=Floor.MARTS.select,
        exclude=Floor.MARTS.exclude,
    )
    def build_marts(context: dg.AssetExecutionContext) -> Iterator[Any]:
        erase_whoever_asked(context)
        yield from run_floor(context, Floor.MARTS, Step.MARTS, Step.STAGING, Step.ARRIVAL_STAGING)

    return [build_staging, build_marts]


def erase_whoever_asked(context: dg.AssetExecutionContext) -> None:
    """People are erased once it is known who they are, and before anything is said of them."""
    with told_in_words():
        run = run_of(context)
        run.require(Step.STAGING, Step.ARRIVAL_STAGING)
        run.erase_whoever_asked()


def _dagster_events(
    report: BuildReport,
    context: dg.AssetExecutionContext,
    project: ParsedProject,
    translator: DagsterDbtTranslator,
) -> Iterator[Any]:
    """dbt's own events in Dagster's words: outputs for models, check results for tests."""
    told: list[Any] = []
    for event in report.events:
        message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
        told += message.to_default_asset_events(
            manifest=project.nodes, dagster_dbt_translator=translator, context=context
        )
    yield from _unchanged(context, told) if report.passed else ()
    yield from told


def _unchanged(context: dg.AssetExecutionContext, told: Sequence[Any]) -> Iterator[Any]:
    """What is as it was needed no work, and what comes after must not wait for it.

    Its checks were passed by the run that published last, on the very same rows.
    """
    assets = context.assets_def
    names = {key: name for name, key in assets.keys_by_output_name.items()}
    built = {each.output_name for each in told if isinstance(each, dg.Output)}
    for key in TopologicalSorter(assets.asset_deps).static_order():
        if key in context.selected_asset_keys and names[key] not in built:
            yield dg.Output(None, names[key])
    checked = {
        dg.AssetCheckKey(each.asset_key, each.check_name)
        for each in told
        if isinstance(each, dg.AssetCheckResult) and each.asset_key and each.check_name
    }
    for check in sorted(context.selected_asset_check_keys - checked):
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=True,
            metadata={"unchanged": "passed when last looked at; nothing has changed since"},
        )
