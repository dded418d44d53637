"""What was checked of the marts, as it is written down and read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.checks import (
    CHECKED,
    UNCHANGED,
    Checked,
    not_passed,
    note_checks,
    take_over_checks,
)
from orchestration.dbt_runner import BuildReport, Floor, NodeResult
from orchestration.quality.report import GateReport, Outcome
from orchestration.run_log import SCHEMA
from orchestration.warehouse import Connection, open_warehouse

UNMET = Outcome("double", "Rows are there", "raw.contacts", None, "nobody", True, False)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        connection.execute(SCHEMA)
        yield connection


def published(connection: Connection, run: str, day: int, **found: Checked) -> None:
    """A run that published, and what it found; five checks of each step if nothing else is said."""
    instant = datetime(2026, 1, day)
    connection.execute(
        "insert into control.publications values (?, ?, 1, ?, '{}')", [run, instant, instant]
    )
    for step in CHECKED:
        note_checks(connection, run, step, found.get(step, Checked(5)))


@pytest.mark.parametrize(
    ("status", "passed"),
    [
        ("pass", True),
        ("warn", True),
        *((each, False) for each in ("fail", "error", "runtime error", "skipped", "new in dbt")),
    ],
)
def test_of_a_test_only_two_ends_are_a_pass(status: str, passed: bool) -> None:
    results = [
        NodeResult("model.m", "m", "model", "success", 0.1),
        NodeResult("test.t", "t", "test", status, 0.1),
    ]
    found = Checked.of_build(BuildReport(Floor.MARTS, results))
    assert found.count == 1
    assert found.not_passed == ([] if passed else [f"dbt test t: {status}"])


def test_a_model_that_was_skipped_is_amiss() -> None:
    skipped = NodeResult("model.m", "m", "model", "skipped", 0.0)
    found = Checked.of_build(BuildReport(Floor.MARTS, [skipped], trouble="line 3: 'Ada'"))
    assert found.not_passed == ["dbt model m: skipped", "dbt did not come to its end"]


@pytest.mark.parametrize(
    ("gate", "blocks", "counts"),
    [
        ("arrival_raw", True, True),
        ("arrival_raw", False, False),
        ("departure_crm", True, True),
        ("departure_crm", False, True),
    ],
)
def test_of_what_leaves_warnings_count_too(gate: str, blocks: bool, counts: bool) -> None:
    unmet = replace(UNMET, is_blocking=blocks)
    found = Checked.of_gate(GateReport(gate, "run", [unmet], 0.1, Path("docs")))
    expected = ["expectation Rows are there on raw.contacts"] if counts else []
    assert (found.count, found.not_passed) == (1, expected)


def test_the_run_that_made_the_marts_is_asked(connection: Connection) -> None:
    published(connection, "r1", 1, marts=Checked(5, ["dbt test t: skipped"]))
    assert not_passed(connection) == ["dbt test t: skipped (run r1)"]
    published(connection, "r2", 2, **dict.fromkeys(CHECKED, UNCHANGED))
    published(connection, "r3", 3, **dict.fromkeys(CHECKED, UNCHANGED))
    assert not_passed(connection) == ["dbt test t: skipped (run r1)"]
    published(connection, "r4", 4)
    assert not_passed(connection) == []


def test_a_run_that_published_nothing_is_not_asked(connection: Connection) -> None:
    published(connection, "r1", 1)
    note_checks(connection, "r2", "marts", Checked(5, ["dbt test t: fail"]))
    assert not_passed(connection) == []


def test_nothing_on_record_is_no_pass(connection: Connection) -> None:
    assert "there is no record of dbt's tests of the marts" in not_passed(connection)
    published(connection, "r1", 1, staging=Checked(0))
    connection.execute("delete from control.checks where step = 'departure_crm'")
    assert not_passed(connection) == [
        "dbt's tests of staging looked at nothing in run r1",
        "there is no record of run r1 of the gate of what leaves",
    ]
    connection.execute("drop table control.checks")
    assert not_passed(connection) == ["there is no record of what was checked of these marts"]


def test_unchanged_with_nothing_before_is_no_pass(connection: Connection) -> None:
    published(connection, "r1", 1, **dict.fromkeys(CHECKED, UNCHANGED))
    assert len(not_passed(connection)) == len(CHECKED)


def test_a_run_that_goes_on_for_another_has_what_that_one_found(connection: Connection) -> None:
    note_checks(connection, "r1", "staging", Checked(7, ["dbt test t: skipped"]))
    note_checks(connection, "r1", "marts", Checked(7, ["dbt test u: fail"]))
    take_over_checks(connection, "r1", "r2")
    published(connection, "r2", 1)
    note_checks(connection, "r2", "staging", Checked(7, ["dbt test t: skipped"]))
    assert not_passed(connection) == ["dbt test t: skipped (run r2)"], "the marts were made anew"


def test_what_is_staged_again_after_an_erasure_counts(connection: Connection) -> None:
    published(connection, "r1", 1)
    note_checks(connection, "r1", "erasure", Checked(2, ["dbt test t: skipped"]))
    assert not_passed(connection) == ["dbt test t: skipped (run r1)"]
