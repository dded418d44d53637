"""Where a warehouse stands: its last runs, what is loaded, the definitions in force, its files."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.definition_guard import Definitions, read_definitions
from orchestration.ingest.contract import TABLES
from orchestration.reports.render import shown_path
from orchestration.run import DEFINITIONS
from orchestration.run_log import RunLog, RunRecord
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.warehouse.places import is_missing
from orchestration.workspace import PROJECT, Workspace

RUNS_SHOWN = 5


def status_of(warehouse: Place) -> RenderableType:
    """All of it; raises `UnusableInputError` when there is no warehouse or it is in use."""
    workspace = Workspace(warehouse)
    with open_warehouse(warehouse, read_only=True) as connection:
        loaded = _loaded(connection)
    blocks = [
        _runs(RunLog(warehouse, read_only=True).recent(RUNS_SHOWN)),
        loaded,
        _versions(read_definitions(DEFINITIONS), datetime.now(UTC)),
        _files(workspace),
    ]
    return Group(*(part for block in blocks for part in (Text(""), block)))


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, header in enumerate(headers):
        style = "bold" if place == 0 else ""
        table.add_column(Text(header, style=style), no_wrap=place == 0, overflow="fold")
    return table


def _runs(runs: list[RunRecord]) -> RenderableType:
    if not runs:
        return Text("No run yet: leadger run --raw FOLDER", style="bold")
    table = _table("Last runs (UTC)", "judged at", "", "seconds", "by", "")
    styles = {"done": "green", "failed": "red", "running": "yellow", "crm_failed": "red"}
    for run in runs:
        seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
        failure = str(run.summary.get("failure") or "").partition("\n")[0]
        table.add_row(
            f"  {run.started_at:%Y-%m-%d %H:%M}",
            f"{run.as_of:%Y-%m-%d %H:%M}" + ("" if run.is_regular else " (travel)"),
            Text(run.state, style=styles.get(run.state, "")),
            "" if seconds is None else f"{seconds:.0f}",
            run.started_by,
            failure if len(failure) <= 60 else failure[:57] + "...",
        )
    return table


def _loaded(connection: Connection) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(Text("Loaded", style="bold"), min_width=18)
    table.add_column("rows", justify="right")
    table.add_column("batches", justify="right")
    table.add_column("last landed (UTC)")
    for raw in TABLES:
        if not connection.has_table("raw", raw.name):
            continue
        rows, batches, landed = connection.execute(
            f"select count(*), count(distinct _batch), max(_loaded_at) from raw.{raw.name}"
        ).fetchall()[0]
        if rows:
            table.add_row(f"  {raw.name}", f"{rows:,}", str(batches), f"{landed:%Y-%m-%d %H:%M}")
    return table if table.row_count else Text("Nothing is loaded.", style="bold")


def _versions(definitions: Definitions, now: datetime) -> RenderableType:
    table = _table("Definitions", "from (UTC)", "", "approved by")
    notes = {
        row["definition_version"]: row for _, row in definitions.rows["definition_versions.csv"]
    }
    starts = definitions.effective_from
    in_force = [version for version, instant in starts.items() if instant <= now][-1:]
    for version, row in notes.items():
        state = row["status"]
        if version in in_force or (not in_force and version == next(iter(starts))):
            state = "in force"
        elif version in starts and starts[version] > now:
            state = "to come"
        by = ", ".join(row[f"approved_by_{who}"] for who in ("marketing", "sales"))
        table.add_row(f"  {version}", row["effective_from"], state, by.strip(", "))
    return table


def _files(workspace: Workspace) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=18)
    table.add_column(no_wrap=True, overflow="ignore")
    places: dict[str, Place] = {
        "Warehouse": workspace.warehouse,
        "Marts for readers": workspace.readers,
        "CRM files": workspace.outbox,
        "Data Docs": workspace.data_docs / "index.html",
        "dbt logs": PROJECT / "target" / "leadger",
    }
    for name, path in places.items():
        missing = "  (not there yet)" if is_missing(path) else ""
        table.add_row(Text(f"  {name}"), Text(shown_path(str(path)) + missing))
    return Group(Text("Where things are", style="bold"), table)
