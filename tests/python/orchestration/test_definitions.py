"""The code location loads, and its graph says what the run does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration.definitions import (
    JOB,
    MONDAY_JOB,
    PARIS,
    REVIEW_JOB,
    RunSettings,
    leadger,
    request_of,
)


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    found: dg.Definitions = leadger()
    return found


def test_one_graph_from_raw_tables_to_the_crm(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(dg.AssetKey(["crm", "files"]))
    assert dg.AssetKey(["raw", "contacts"]) in upstream
    assert dg.AssetKey(["definitions", "scoring_rules"]) in upstream
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert marts <= upstream | {dg.AssetKey(["marts", "published"])}


def test_every_gate_blocks_what_comes_after(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    gates = {"arrival_raw", "arrival_staging", "departure_crm"}
    specs = [
        spec for assets in graph.assets_defs for spec in assets.check_specs if spec.name in gates
    ]
    assert {spec.name for spec in specs} == gates
    assert all(spec.blocking for spec in specs)
    assert len([spec for spec in specs if spec.name == "arrival_raw"]) == 9


def test_the_steps_of_the_job_wait_for_each_other(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(JOB)
    waits = {
        node.name: {each.node for dep in deps.values() for each in dep.get_node_dependencies()}
        for node, deps in job.dependencies.items()
    }
    assert waits["check_what_arrived"] == {"load_files"}
    assert "check_what_arrived" in waits["build_staging"]
    assert "check_staging" in waits["build_marts"]
    assert "check_what_leaves" in waits["marts__published"]
    assert waits["crm__files"] == {"marts__published"}


def test_schedules_are_written_in_paris_and_start_when_somebody_says_so(
    definitions: dg.Definitions,
) -> None:
    repository = definitions.get_repository_def()
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert set(schedules) == {
        "business_hours",
        "nightly",
        "monday_list",
        "monthly_review",
        "tidy",
    }
    for schedule in schedules.values():
        assert schedule.execution_timezone == "Europe/Paris"
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedules["business_hours"].cron_schedule == "*/15 9-17 * * 1-5"
    assert schedules["monday_list"].cron_schedule == "0 7 * * 1"
    assert schedules["monday_list"].job_name == MONDAY_JOB


def test_the_monday_list_is_written_after_the_marts_of_the_week(
    definitions: dg.Definitions,
) -> None:
    daily, monday = (definitions.resolve_job_def(name) for name in (JOB, MONDAY_JOB))
    added = {node.name for node in monday.dependencies} - {node.name for node in daily.dependencies}
    assert added == {"handoff__weekly"}
    waits = {
        node.name: {each.node for dep in deps.values() for each in dep.get_node_dependencies()}
        for node, deps in monday.dependencies.items()
    }
    assert waits["handoff__weekly"] == {"marts__published"}


def test_the_review_is_written_after_the_marts_of_the_day(definitions: dg.Definitions) -> None:
    daily, review = (definitions.resolve_job_def(name) for name in (JOB, REVIEW_JOB))
    added = {node.name for node in review.dependencies} - {node.name for node in daily.dependencies}
    assert added == {"review__monthly"}
    waits = {
        node.name: {each.node for dep in deps.values() for each in dep.get_node_dependencies()}
        for node, deps in review.dependencies.items()
    }
    assert waits["review__monthly"] == {"marts__published"}
    upstream = definitions.resolve_asset_graph().get_ancestor_asset_keys(
        dg.AssetKey(["review", "monthly"])
    )
    assert dg.AssetKey(["marts", "kpis_monthly"]) in upstream


@pytest.mark.parametrize(
    ("day", "is_due"),
    [
        ("2026-09-01", True),  # a Tuesday
        ("2026-09-02", False),
        ("2026-11-01", False),  # a Sunday, and a holiday
        ("2026-11-02", True),
        ("2027-01-01", False),  # a Friday, and a holiday
        ("2027-01-02", False),
        ("2027-01-04", True),
        ("2027-03-29", False),  # Easter Monday, and the month's end
    ],
)
def test_the_review_comes_on_the_first_business_day(
    definitions: dg.Definitions, day: str, is_due: bool
) -> None:
    schedule = next(
        each
        for each in definitions.get_repository_def().schedule_defs
        if each.name == "monthly_review"
    )
    assert schedule.cron_schedule == "0 8 * * *"
    assert schedule.job_name == REVIEW_JOB
    morning = datetime.fromisoformat(f"{day}T08:00").replace(tzinfo=ZoneInfo(PARIS))
    tick = schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=morning))
    keys = [each.run_key for each in tick.run_requests or ()]
    assert keys == ([f"review {day[:7]}"] if is_due else [])


def test_raw_tables_and_marts_have_to_be_fresh(definitions: dg.Definitions) -> None:
    for assets in definitions.resolve_asset_graph().assets_defs:
        for spec in assets.specs:
            has_policy = spec.freshness_policy is not None
            assert has_policy == (spec.key.path[0] in ("raw", "marts")), spec.key


def test_sensors_start_when_somebody_says_so(definitions: dg.Definitions) -> None:
    sensors = {one.name: one for one in definitions.get_repository_def().sensor_defs}
    assert set(sensors) == {"files_landed", "new_leads", "crm_attention", "failed_runs"}
    assert all(one.default_status is dg.DefaultSensorStatus.STOPPED for one in sensors.values())


def test_settings_of_the_page_become_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADGER_RAW", raising=False)
    usual = request_of(RunSettings(), "nobody")
    assert (usual.raw, usual.as_of, usual.is_dry) == (None, None, False)
    monkeypatch.setenv("LEADGER_RAW", "/data/raw")
    asked = request_of(RunSettings(as_of="2026-03-03", warehouse="/data/w.duckdb"), "nobody")
    assert asked.raw == Path("/data/raw")
    assert asked.as_of == datetime(2026, 3, 3, tzinfo=UTC)
    assert asked.warehouse == Path("/data/w.duckdb")
