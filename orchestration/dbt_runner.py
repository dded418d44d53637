"""dbt inside this process: the project is parsed once, then built floor by floor.

Nothing is spawned and nothing is parsed twice. Variables that shape the project (names of
schemas) are given to the parse; the two clocks, `as_of` and `known_at`, are read when a model
runs, so they go to the builds alone and a new instant never costs a new parse.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from orchestration.erasure.personal_data import masked_message, masked_value
from orchestration.errors import GateFailedError, LeadgerError
from orchestration.warehouse import Place, open_warehouse, warehouse_at
from orchestration.workspace import PROJECT

SEEDS = "resource_type:seed"
STAGING_NODES = (
    f"{SEEDS} config.schema:staging "
    "fqn:leadger.intermediate.identity fqn:leadger.intermediate.touched"
)
TRUTH_TABLES = "tag:truth_table"
RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogTestResult"})
EXAMPLES_SHOWN = 3
BROKEN_SHOWN = 10


class Floor(StrEnum):
    """The two builds of a run: rows and who they are about; then what the rules make of them."""

    STAGING = "staging"
    MARTS = "marts"

    @property
    def select(self) -> str:
        """What to build, as dbt and dagster-dbt both read it."""
        return STAGING_NODES if self is Floor.STAGING else "fqn:*"

    @property
    def exclude(self) -> str:
        """What not to build: the other floor, and tests that look at no data."""
        return TRUTH_TABLES if self is Floor.STAGING else f"{STAGING_NODES} {TRUTH_TABLES}"


@dataclass(frozen=True)
class ParsedProject:
    """A dbt project as parsed for one layout of schemas."""

    manifest: Any
    """dbt's own `Manifest`, which builds run from."""
    nodes: Mapping[str, Any]
    """The same as the dictionary of `manifest.json`, which dagster-dbt reads."""
    target: Path
    shape: Mapping[str, str]

    def ways(self) -> dict[str, str]:
        """How each mart is brought up to date: `meta.published` of its model."""
        return {
            node["name"]: node["config"]["meta"]["published"]
            for node in self.nodes["nodes"].values()
            if node["resource_type"] == "model" and "published" in node["config"]["meta"]
        }


@dataclass(frozen=True)
class NodeResult:
    """How one model, seed or test ended."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    seconds: float
    failed_rows: int = 0
    message: str = ""
    file: str = ""
    failing_rows_sql: str = ""

    @property
    def is_test(self) -> bool:
        """Whether it checks data instead of making some."""
        return self.resource_type == "test"

    @property
    def is_broken(self) -> bool:
        """Whether it stops the run."""
        return self.status in ("error", "fail", "runtime error")


@dataclass(frozen=True)
class BuildReport:
    """What one `dbt build` did, and the events dagster-dbt turns into its own."""

    floor: Floor
    results: Sequence[NodeResult]
    events: Sequence[dict[str, Any]] = field(default=(), repr=False)
    trouble: str = ""
    """What stopped dbt itself, when it was not a model or a test."""
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every model was built and every test of severity `error` passed."""
        return not self.trouble and not any(result.is_broken for result in self.results)

    def count(self, *statuses: str, tests: bool) -> int:
        """How many tests, or how many models and seeds, ended so."""
        return sum(r.is_test is tests and r.status in statuses for r in self.results)

    def failure_message(self) -> str:
        """Every broken node: which, how many rows, an example, and how to look at the rest."""
        lines = [self.trouble] if self.trouble else []
        broken = [result for result in self.results if result.is_broken]
        for result in broken[:BROKEN_SHOWN]:
            if result.is_test and result.status == "fail":
                lines.append(f"Test {result.name} failed: {result.failed_rows:,} row(s).")
                lines += [f"  e.g. {row}" for row in self.examples.get(result.unique_id, ())]
                lines.append(f"  To see them all, run this query: {result.failing_rows_sql}")
            else:
                what = result.resource_type.capitalize()
                lines.append(f"{what} {result.name} broke: {result.message.strip()}")
                lines.append(f"  Its code: {result.file}")
        if len(broken) > BROKEN_SHOWN:
            lines.append(f"... and {len(broken) - BROKEN_SHOWN} more")
        return "\n".join(lines)

    def raise_if_failed(self) -> None:
        """Stop the run, if anything is broken."""
        if not self.passed:
            raise GateFailedError(self.failure_message())


def shape_vars(schema_suffix: str = "") -> dict[str, str]:
    """Variables of the parse: which schemas the models are built into."""
    if schema_suffix:
        return {"marts_schema": "marts", "schema_suffix": schema_suffix}
    return {"marts_schema": "marts_next"}


def clock_vars(as_of: datetime, known_at: datetime | None) -> dict[str, str]:
    """Variables of a build alone: the two clocks, as naive UTC."""

    def text(instant: datetime) -> str:
        return instant.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")

    return {"as_of": text(as_of), "known_at": text(known_at) if known_at else ""}


def _arguments(command: str, target: Path, variables: Mapping[str, Any]) -> list[str]:
    return [
        *("--log-level", "none", "--log-level-file", "info", "--log-path", str(target / "logs")),
        *("--no-print", "--no-write-json", "--no-use-colors", "--no-use-colors-file"),
        *("--no-send-anonymous-usage-stats", command),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--vars", json.dumps(dict(variables))),
    ]


def parse_arguments(target: Path, shape: Mapping[str, str]) -> list[str]:
    """What `dbt parse` is called with."""
    return _arguments("parse", target, shape)


def build_arguments(
    floor: Floor,
    target: Path,
    shape: Mapping[str, str],
    variables: Mapping[str, Any],
    *,
    full_refresh: bool = False,
    skip_seeds: bool = False,
) -> list[str]:
    """What `dbt build` is called with.

    `cautious` keeps a test with the floor that holds all it reads, on either side.
    """
    arguments = _arguments("build", target, {**shape, **variables})
    excluded = [*floor.exclude.split(), *([SEEDS] if skip_seeds else [])]
    arguments += ["--select", *floor.select.split(), "--exclude", *excluded]
    arguments += ["--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"]
    return [*arguments, "--full-refresh"] if full_refresh else arguments


def parse_project(warehouse: Place, schema_suffix: str = "") -> ParsedProject:
    """Parse the project (only what changed since the last time) for a layout of schemas.

    Names of relations begin with the database's name (a DuckDB file's without folder), so that
    name is part of the layout.
    """
    from dbt.cli.main import dbtRunner

    target = PROJECT / "target" / "leadger" / f"{warehouse.stem}{schema_suffix}"
    shape = shape_vars(schema_suffix)
    with _at_home(warehouse_at(warehouse).stand_in(target)):
        result = dbtRunner().invoke(parse_arguments(target, shape))
    if not result.success:
        raise LeadgerError(f"dbt cannot read the project: {result.exception}")
    nodes = result.result.writable_manifest().to_dict(omit_none=False)
    return ParsedProject(result.result, _with_attached_tests(nodes), target, shape)


def _with_attached_tests(nodes: dict[str, Any]) -> dict[str, Any]:
    """Give each test over several models a home among them, so that Dagster shows it as a check."""
    for unique_id, node in nodes["nodes"].items():
        read = node.get("depends_on", {}).get("nodes", [])
        models = [name for name in read if name.startswith("model.")]
        if unique_id.startswith("test.") and not node.get("attached_node") and models:
            node["attached_node"] = max(
                models, key=lambda name: (not _is_staged(nodes, name), name)
            )
    return nodes


def _is_staged(nodes: Mapping[str, Any], unique_id: str) -> bool:
    return bool(nodes["nodes"][unique_id]["fqn"][1] == "staging")


def build(
    project: ParsedProject,
    floor: Floor,
    warehouse: Place,
    variables: Mapping[str, Any],
    *,
    full_refresh: bool = False,
    skip_seeds: bool = False,
    on_node: Callable[[int, int, str], None] | None = None,
) -> BuildReport:
    """Build one floor and run its data tests; `on_node` hears (done, total, name)."""
    from dbt.cli.main import dbtRunner

    events: list[dict[str, Any]] = []

    def listen(message: Any) -> None:
        name = message.info.name
        if name not in RESULT_EVENTS:
            return
        from dbt_common.events.functions import msg_to_dict

        event = msg_to_dict(message)
        events.append(event)
        if on_node is not None:
            data = event["data"]
            total = int(data.get("total") or data.get("num_models") or 0)
            on_node(len(events), total, data["node_info"]["node_name"])

    arguments = build_arguments(
        floor,
        *(project.target, project.shape, variables),
        full_refresh=full_refresh,
        skip_seeds=skip_seeds,
    )
    with warehouse_at(warehouse).within_memory(), _at_home(warehouse):
        outcome = dbtRunner(manifest=project.manifest, callbacks=[listen]).invoke(arguments)
        warehouse_at(warehouse).release()
    if isinstance(outcome.exception, KeyboardInterrupt | SystemExit):
        raise outcome.exception
    results = [_node_result(result) for result in _results_of(outcome)]
    trouble = (
        masked_message(f"dbt stopped: {str(outcome.exception) or repr(outcome.exception)}")
        if outcome.exception
        else ""
    )
    return BuildReport(floor, results, events, trouble, _examples(results, warehouse))


def _results_of(outcome: Any) -> Sequence[Any]:
    return outcome.result.results if outcome.result is not None else ()


def _node_result(result: Any) -> NodeResult:
    node = result.node
    kind = str(getattr(node.resource_type, "value", node.resource_type))
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=kind,
        status=str(getattr(result.status, "value", result.status)),
        seconds=float(result.execution_time),
        failed_rows=int(result.failures or 0),
        message=masked_message(str(result.message or "")),
        file=node.original_file_path,
        failing_rows_sql=str(getattr(node, "compiled_path", None) or node.original_file_path),
    )


def _examples(results: Sequence[NodeResult], warehouse: Place) -> dict[str, list[str]]:
    """A few of the rows each failed test found, as text without personal data."""
    failed = [result for result in results if result.is_test and result.status == "fail"]
    if not failed:
        return {}
    examples: dict[str, list[str]] = {}
    with open_warehouse(warehouse) as connection:
        for result in failed:
            path = PROJECT / result.failing_rows_sql
            with contextlib.suppress(Exception):  # an example is worth no failure
                sql = path.read_text(encoding="utf-8").strip().rstrip(";")
                found = connection.execute(f"select * from ({sql}) as bad limit {EXAMPLES_SHOWN}")
                columns = [column[0] for column in found.description or ()]
                examples[result.unique_id] = [
                    ", ".join(
                        f"{column} {masked_value(column, value)}"
                        for column, value in zip(columns, row, strict=True)
                        if value is not None
                    )
                    for row in found.fetchall()
                ]
    return examples


@contextlib.contextmanager
def _at_home(warehouse: Place) -> Iterator[None]:
    """Point the profile at a warehouse, and come back to where dbt found us."""
    settings = warehouse_at(warehouse).profile()
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        with contextlib.chdir(PROJECT):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
