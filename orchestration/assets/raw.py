"""`raw/*`: the tables that arrive, as far as files have been loaded into them."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from orchestration.assets.steps import KEPT_FRESH, RUN, in_step
from orchestration.ingest.contract import TABLES
from orchestration.run import Step
from orchestration.warehouse import open_warehouse
from orchestration.work import latest_publication

# the lock keeps Dagster's version, so what may change with the next one is no news to whoever runs
warnings.filterwarnings("ignore", "Function `multi_observable_source_asset`", dg.BetaWarning)


# observed in every run, so that what comes after goes on; materialised when rows came, so that a
# feed that died goes stale
@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
    name="load_files",
    specs=[
        dg.AssetSpec(
            ["raw", table.name],
            description=f"Change log of {table.name}: what landed, never altered.",
            group_name="raw",
            kinds={"duckdb"},
            skippable=False,
            freshness_policy=KEPT_FRESH,
        )
        for table in TABLES
    ],
    required_resource_keys={RUN},
)
def load_files(context: dg.AssetExecutionContext) -> Iterator[dg.ObserveResult]:
    """Load the folder the run names, all or nothing; without one, go on with what is there."""
    with in_step(context, Step.LOAD) as (run, outcome):
        from orchestration.ingest.load import load_folder, rows_landed
        from orchestration.quality.startup import preload

        preload()  # while DuckDB reads files, Python can import
        if run.request.raw is None:
            outcome.said = "nothing to load, going on with what is there"
        else:
            report = load_folder(
                run.workspace.warehouse,
                run.request.raw,
                now=datetime.now(UTC),
                workspace=run.workspace,
            )
            run.reports[Step.LOAD] = report
            loaded = dict(report.rows)
            outcome.detail = {"batch": report.batch, "rows": loaded, "folder": str(run.request.raw)}
            outcome.said = (
                f"{sum(loaded.values()):,} rows from {report.files_loaded} file(s)"
                if report.batch is not None
                else f"nothing new: all {report.files_known} file(s) had been loaded before"
            )
        with open_warehouse(run.workspace.warehouse) as connection:
            published = latest_publication(connection)
            # what `leadger load` brought since then counts, too
            landed = rows_landed(connection, after=published.batch if published else 0)
    for table in TABLES:
        key, rows = dg.AssetKey(["raw", table.name]), landed.get(table.name, 0)
        count = {"dagster/row_count": rows}
        if rows:
            context.log_event(dg.AssetMaterialization(key, metadata=count))
        yield dg.ObserveResult(asset_key=key, metadata=count)
