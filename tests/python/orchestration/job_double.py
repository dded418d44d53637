"""Doubles for what a run calls, so that the job itself can be tried in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from orchestration.dbt_runner import BuildReport, Floor, NodeResult, ParsedProject
from orchestration.ingest.load import LoadReport
from orchestration.quality.report import GateReport, Outcome
from orchestration.quality.suites import read_checkpoint
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace


@dataclass
class JobDouble:
    """What is called, in order, and what is to go wrong."""

    calls: list[str] = field(default_factory=list)
    shut_gate: str = ""
    failed_test: str = ""
    test_ends: str = "pass"
    """How the one test of each floor ends that lets the run go on."""
    unmet_warning: str = ""
    """The gate of which an expectation that only warns is not met."""
    publish_error: Exception | None = None
    files_error: Exception | None = None

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the doubles in place of the real ones."""
        double = self

        class Gates:
            def __init__(self, *given: Any) -> None:
                pass

            def run(self, gate: str, **_: Any) -> GateReport:
                return double.gate(gate)

            def build_docs(self) -> None:
                double.calls.append("data docs")

        replaced: dict[str, Callable[..., Any] | type] = {
            "orchestration.ingest.load.load_folder": self.load,
            "orchestration.ingest.load.discard_batch": self.discard,
            "orchestration.quality.gates.GateSession": Gates,
            "orchestration.quality.startup.preload": lambda: None,
            "orchestration.run.build": self.build,
            "orchestration.erasure.erase.pending": lambda *given: [],
            "orchestration.publish.publish": self.publish,
            "orchestration.crm.sync.sync": self.sync,
        }
        for name, double_of_it in replaced.items():
            monkeypatch.setattr(name, double_of_it)

    def load(self, warehouse: Path, folder: Path, **_: Any) -> LoadReport:
        self.calls.append("load")
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute("create table if not exists raw.contacts (_batch bigint)")
            rows = connection.execute("select coalesce(max(_batch), 0) + 1 from raw.contacts")
            batch = int(rows.fetchall()[0][0])
            connection.execute("insert into raw.contacts values (?)", [batch])
            connection.execute(
                "create table if not exists raw._files (batch bigint, table_name varchar, "
                "rows bigint)"
            )
            connection.execute("insert into raw._files values (?, 'contacts', 1)", [batch])
        return LoadReport(batch, {"contacts": 1}, ("contacts.csv",))

    def discard(self, warehouse: Path, batch: int) -> int:
        self.calls.append(f"discard {batch}")
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("delete from raw.contacts where _batch = ?", [batch])
        return 1

    def gate(self, gate: str) -> GateReport:
        self.calls.append(gate)
        checkpoint = read_checkpoint(gate)
        outcomes = [
            Outcome(
                expectation="double",
                name="Rows are there",
                table=f"{checkpoint.schema_name}.{each.table}",
                column=None,
                owner="nobody",
                is_blocking=self.unmet_warning != gate,
                success=gate not in (self.shut_gate, self.unmet_warning),
                failed_rows=None if self.shut_gate != gate else 3,
            )
            for each in checkpoint.validations
        ]
        return GateReport(gate, "run", outcomes, 0.1, Path("docs"))

    def build(
        self, project: ParsedProject, floor: Floor, warehouse: Path, clocks: Any, **options: Any
    ) -> BuildReport:
        self.calls.append(f"build {floor}")
        nodes = [node for node in _in_order(project) if _floor_of(node) is floor]
        events = [_built(node) for node in nodes]
        results = [
            NodeResult(node["unique_id"], node["name"], "model", "success", 0.1) for node in nodes
        ]
        results.append(NodeResult("test.y", "y_is_there", "test", self.test_ends, 0.1))
        if self.failed_test == floor:
            results.append(NodeResult("test.x", "x_is_unique", "test", "fail", 0.1, failed_rows=7))
        return BuildReport(floor, results, events)

    def publish(self, workspace: Workspace, built: Any, **named: Any) -> SimpleNamespace:
        if self.publish_error is not None:
            raise self.publish_error
        self.calls.append("publish")
        with open_warehouse(workspace.warehouse) as connection:
            named["record"](connection)
        return SimpleNamespace(tables={}, place=Path("published.duckdb"))

    def sync(self, *given: Any, **named: Any) -> Any:
        from orchestration.crm.sync import SyncReport

        if self.files_error is not None:
            raise self.files_error
        self.calls.append("sync")
        return SyncReport("run", "files", "push", planned=2, acknowledged=2)


def _in_order(project: ParsedProject) -> list[Any]:
    """Models and seeds, each after those it reads."""
    every = project.nodes["nodes"]
    built = {name for name, node in every.items() if node["resource_type"] in ("model", "seed")}
    reads = {name: built & set(every[name]["depends_on"].get("nodes", ())) for name in built}
    return [every[name] for name in TopologicalSorter(reads).static_order()]


def _floor_of(node: Any) -> Floor:
    is_staged = node["resource_type"] == "seed" or node["config"].get("schema") == "staging"
    is_about_who = node["fqn"][1:3] in (["intermediate", "identity"], ["intermediate", "touched"])
    return Floor.STAGING if is_staged or is_about_who else Floor.MARTS


def _built(node: Any) -> dict[str, Any]:
    """dbt's event of a model that was built, as far as dagster-dbt reads it."""
    return {
        "info": {"name": "LogModelResult", "invocation_id": "double", "msg": "OK"},
        "data": {
            "status": "success",
            "node_info": {
                "unique_id": node["unique_id"],
                "node_status": "success",
                "materialized": node["config"]["materialized"],
                "node_started_at": "",
                "node_finished_at": "",
            },
        },
    }
