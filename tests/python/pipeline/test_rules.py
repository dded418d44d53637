"""The truth tables of macros (`tests/data/rules/` and `warehouse/`), one dbt run for all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestration.workspace import PROJECT
from pipeline.sandbox import Sandbox

AS_OF = datetime(2026, 7, 1)


def test_truth_tables(tmp_path: Path) -> None:
    sandbox = Sandbox.make(tmp_path / "sandbox")
    outcome = sandbox.dbt("test", AS_OF, "--select", "tag:truth_table")
    failed = {r.node.name: r.message for r in outcome.result.results if r.status != "pass"}
    assert failed == {}
    assert outcome.success
    folders = [PROJECT / "tests" / "data" / name for name in ("rules", "warehouse")]
    tables = {path.stem for folder in folders for path in folder.glob("*.sql")}
    assert {r.node.name for r in outcome.result.results} == tables


def test_every_rule_has_a_truth_table() -> None:
    rules = {path.stem for path in (PROJECT / "macros" / "rules").glob("*.sql")}
    tables = {path.stem for path in (PROJECT / "tests" / "data" / "rules").glob("*.sql")}
    # `measures` lists names and decides nothing
    assert rules - tables == {"measures"}
