"""`raw/*`: the tables that arrive, as far as files have been loaded into them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from orchestration.assets.steps import KEPT_FRESH, RUN, in_step
from orchestration.ingest.contract import TABLES
from orchestration.run import Step


@dg.multi_asset(
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
def load_files(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Load the folder the run names, all or nothing; without one, go on with what is there."""
    with in_step(context, Step.LOAD) as (run, outcome):
        from orchestration.quality.startup import preload

        preload()  # while DuckDB reads files, Python can import
        rows: dict[str, int] = {}
        if run.request.raw is None:
            outcome.said = "nothing to load, going on with what is there"
        else:
            from orchestration.ingest.load import load_folder

            report = load_folder(
                run.workspace.warehouse,
                run.request.raw,
                now=datetime.now(UTC),
                workspace=run.workspace,
            )
            run.reports[Step.LOAD] = report
            rows = dict(report.rows)
            outcome.detail = {"batch": report.batch, "rows": rows, "folder": str(run.request.raw)}
            outcome.said = (
                f"{sum(rows.values()):,} rows from {report.files_loaded} file(s)"
                if report.batch is not None
                else f"nothing new: all {report.files_known} file(s) had been loaded before"
            )
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=["raw", table.name], metadata={"dagster/row_count": rows.get(table.name, 0)}
        )
