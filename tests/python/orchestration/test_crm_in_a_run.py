"""A run and the CRMs in LEADGER_CRMS: what it tells them, what holds it, what it says of it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pytest
from job_double import JobDouble

from crm.conftest import make_status
from orchestration import definitions
from orchestration.assets.crms import CRMS, crms_named, tell_crm
from orchestration.assets.steps import RunHolder
from orchestration.crm import commands
from orchestration.crm.hubspot_calls import ADDRESS, TOKEN
from orchestration.daily import run_daily
from orchestration.definitions import JOB, build_definitions, leadger
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.run import Run, RunRequest, open_run, parsed_project
from orchestration.warehouse import open_warehouse
from orchestration.work import STAGED_INSTANTS
from orchestration.workspace import PROJECT, Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def running() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def hubspot(
    running: HubSpotSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubSpotSimulator]:
    """HubSpot with the three contacts of the marts, named in LEADGER_CRMS."""
    running.reset()
    running.seed({each: {"email": f"p{each}@example.com"} for each in "123"})
    monkeypatch.setenv(TOKEN, running.token)
    monkeypatch.setenv(ADDRESS, running.url)
    monkeypatch.setenv(CRMS, "hubspot")
    monkeypatch.setenv("COLUMNS", "200")
    yield running
    assert (running.breaches(), running.uncovered()) == ([], [])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A warehouse with `crm_lead_status`, where a run with nothing new finds nothing due."""
    space = Workspace(tmp_path / "leadger.duckdb")
    with open_warehouse(space.warehouse) as connection:
        make_status(connection)
        connection.execute("create schema staging")
        for table, instants in STAGED_INSTANTS.items():
            columns = ", ".join(f"{each} timestamp" for each in instants)
            connection.execute(f"create table staging.stg_generic__{table} ({columns})")
    return space


class LatestRun(RunHolder):
    """Holds whichever run is under way."""

    run: Run

    def __init__(self) -> None:
        super().__init__(contextlib.nullcontext)  # type: ignore[arg-type]

    def get(self) -> Run:
        return LatestRun.run


@functools.cache
def job_of(named: str) -> Any:
    """The job with these CRMs, built once: that takes most of the time of so small a run."""
    project = parsed_project("leadger")
    resource = dg.ResourceDefinition.hardcoded_resource(LatestRun())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(definitions, "run_from_settings", resource)
        return build_definitions(project).resolve_job_def(JOB)


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> JobDouble:
    """Doubles of what a run calls; its job is built once for all of them."""

    def built(project: Any, run: Run) -> Any:
        LatestRun.run = run
        is_usual = not run.clocks.schema_suffix
        job = job_of(os.environ[CRMS]) if is_usual else None
        return (
            SimpleNamespace(resolve_job_def=lambda _: job)
            if job
            else build_definitions(project, run)
        )

    double = JobDouble()
    double.install(monkeypatch)
    monkeypatch.setattr(definitions, "build_definitions", built)
    return double


@pytest.fixture
def rows(workspace: Workspace) -> Rows:
    """Run SQL on the warehouse."""

    def run(sql: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(workspace.warehouse)) as connection:
            return connection.execute(sql, list(values)).fetchall()

    return run


@pytest.fixture
def a_run(
    double: JobDouble,
    workspace: Workspace,
    hubspot: HubSpotSimulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """`leadger run`; gives what it says, in one line of words."""
    commands.setup(workspace, "hubspot")

    def run(*, code: int = 0, is_new: bool = True) -> str:
        raw = tmp_path if is_new else None
        request = RunRequest(workspace.warehouse, raw=raw, started_by="a test")
        ended = run_daily(request)
        shown = capsys.readouterr()
        assert ended == code, shown.out + shown.err
        assert hubspot.token not in shown.out + shown.err
        return " ".join(shown.out.split())

    return run


def reasons(rows: Rows) -> Sequence[str]:
    """Why the latest plan was held."""
    ((found,),) = rows(
        "select cast(reasons as varchar) from crm_sync.sync_plans order by planned_at desc limit 1"
    )
    return list(json.loads(found))


def approved(workspace: Workspace, rows: Rows) -> None:
    """What waits is approved."""
    ((run,),) = rows("select run from crm_sync.sync_runs where state = 'awaiting_approval'")
    commands.approve(workspace, "hubspot", run)


def set_score(rows: Rows, score: int, contact: str = "1") -> None:
    rows("update marts.crm_lead_status set score = ? where crm_contact_id = ?", score, contact)


# What it says


def test_a_first_sync_is_held_and_the_summary_says_how_to_approve_it(
    a_run: Callable[..., str], rows: Rows
) -> None:
    said = a_run()
    ((sync,),) = rows("select run from crm_sync.sync_runs")
    assert "CRM hubspot 3 planned, held" in said
    assert "held: the first sync of this CRM: 3 records" in said
    assert f"leadger crm approve hubspot {sync}" in said
    ((state, summary),) = rows("select state, summary from control.runs")
    assert state == "done", "a plan that waits is no failure"
    assert json.loads(summary)["crms"][0]["state"] == "awaiting_approval"


def test_what_was_told_edited_and_parked_is_in_the_summary(
    a_run: Callable[..., str], workspace: Workspace, rows: Rows, hubspot: HubSpotSimulator
) -> None:
    a_run()
    approved(workspace, rows)
    for contact in "123":
        set_score(rows, 80, contact)
    hubspot.edit("2", leadger_score="5")
    hubspot.archive("3")
    said = a_run()
    assert "CRM hubspot 1 planned, 1 acknowledged, 1 rejected, 1 skipped" in said
    assert "1 edited there, 1 parked" in said
    assert "leadger crm conflicts hubspot" in said
    assert "leadger crm status hubspot" in said
    assert "CRM hubspot nothing new to say, 1 edited there, 1 parked" in a_run()


@pytest.mark.parametrize("breaks", ["the token", "a mapping that does not fit", "in mid-push"])
def test_a_crm_that_cannot_be_told_leaves_the_marts_published_and_says_so(
    a_run: Callable[..., str],
    double: JobDouble,
    workspace: Workspace,
    rows: Rows,
    hubspot: HubSpotSimulator,
    breaks: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("hubspot", "hubspot_calls"):
        monkeypatch.setattr(f"orchestration.crm.{module}.backoff", lambda attempt: 0.0)
    a_run()
    approved(workspace, rows)
    set_score(rows, 80)
    double.calls.clear()
    why = {
        "the token": "HubSpot refuses the token",
        "a mapping that does not fit": "no contact property 'leadger_last_contents'",
        "in mid-push": "503",
    }[breaks]
    if breaks == "the token":
        hubspot.configure(token_is_expired=True)
    elif breaks == "in mid-push":
        hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None)
    else:
        hubspot.remove_property("leadger_last_contents")
    said = a_run(code=1)
    assert {"publish", "sync"} <= set(double.calls), "the marts and the files went out"
    assert "as they were before this run" not in said
    assert "Published, but not every CRM was told" in said
    assert "hubspot was not told: " in said
    assert why in said
    assert "The marts of this run are published: they are the marts in use." in said
    assert "The file for the CRM's importer is written." in said
    assert "planned again by the next run, or now by:" in said
    assert "leadger crm push hubspot" in said
    assert "Marts for BI tools" in said
    ((state,),) = rows("select state from control.runs order by started_at desc limit 1")
    assert state == "crm_failed"
    if breaks == "in mid-push":
        assert "0 records were acknowledged, 1 were on their way" in said
    hubspot.disarm()
    hubspot.configure(token_is_expired=False)
    commands.setup(workspace, "hubspot")
    assert "1 acknowledged" in a_run()
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_files_that_cannot_be_written_do_not_keep_a_crm_from_being_told(
    a_run: Callable[..., str], double: JobDouble, rows: Rows
) -> None:
    double.files_error = UnusableInputError("no room on the disk")
    said = a_run(code=1)
    assert "no room on the disk" in said
    assert "as they were before this run" not in said
    assert "3 planned, held" in said
    assert rows("select state from control.runs") == [("crm_failed",)]


def test_what_nobody_foresaw_is_told_in_a_line_and_kept_in_a_file(
    a_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: Rows
) -> None:
    def breaks(*given: object, **named: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("orchestration.daily.LAST_ERROR", tmp_path / "last_error.txt")
    monkeypatch.setattr("orchestration.crm.two_way.sync", breaks)
    assert "hubspot was not told: something unexpected (ZeroDivisionError)" in a_run(code=1)
    assert "a bug" in (tmp_path / "last_error.txt").read_text()
    assert rows("select state from control.runs") == [("crm_failed",)]


# What has to have passed


@pytest.mark.parametrize("ends", ["skipped", "no such status"])
def test_a_test_that_did_not_pass_holds_the_plan(
    a_run: Callable[..., str], double: JobDouble, rows: Rows, ends: str
) -> None:
    double.test_ends = ends
    said = a_run()
    assert f"held: check not passed: dbt test y_is_there: {ends}" in said
    assert len([each for each in reasons(rows) if "y_is_there" in each]) == 2, "of both floors"


def test_an_expectation_of_what_leaves_that_only_warns_holds_the_plan(
    a_run: Callable[..., str], double: JobDouble
) -> None:
    double.unmet_warning = "departure_crm"
    assert "held: check not passed: expectation Rows are there on marts_next." in a_run()


@pytest.mark.parametrize("broken", ["departure_crm", "a dbt test"])
def test_a_failed_check_stops_the_run_and_holds_what_is_pushed_by_hand(
    a_run: Callable[..., str],
    double: JobDouble,
    workspace: Workspace,
    rows: Rows,
    hubspot: HubSpotSimulator,
    broken: str,
) -> None:
    a_run()
    approved(workspace, rows)
    if broken == "departure_crm":
        double.shut_gate = broken
    else:
        double.failed_test = "marts"
    hubspot.forget_requests()
    assert "as they were before this run" in a_run(code=1)
    assert hubspot.requests() == []
    set_score(rows, 80)
    commands.push(workspace, "hubspot", dry_run=False)
    ((run,),) = rows("select run_id from control.runs where state = 'failed'")
    assert f"check not passed: run {run} failed" in reasons(rows)


def test_dagster_may_not_start_it_before_what_it_needs(
    a_run: Callable[..., str], workspace: Workspace, hubspot: HubSpotSimulator
) -> None:
    a_run()
    hubspot.forget_requests()
    with (
        open_run(RunRequest(workspace.warehouse, started_by="a test")) as run,
        pytest.raises(LeadgerError, match=r"Not done before this step: load.*departure_crm"),
    ):
        tell_crm(run, "hubspot")
    assert hubspot.requests() == []


def test_a_run_with_nothing_new_looks_at_what_the_one_before_found(
    a_run: Callable[..., str], double: JobDouble, workspace: Workspace, rows: Rows
) -> None:
    a_run()
    approved(workspace, rows)
    set_score(rows, 80)
    assert "1 acknowledged" in a_run(is_new=False)
    assert rows("select distinct state from control.checks order by 1") == [
        ("looked_at",),
        ("unchanged",),
    ]
    double.test_ends = "skipped"
    a_run()
    set_score(rows, 90)
    double.calls.clear()
    said = a_run(is_new=False)
    assert not [each for each in double.calls if each.startswith("build")], "it had nothing to do"
    assert "1 planned, held" in said
    assert "check not passed: dbt test y_is_there: skipped" in said


def test_what_nobody_wrote_down_did_not_pass(
    a_run: Callable[..., str], workspace: Workspace, rows: Rows
) -> None:
    a_run()
    approved(workspace, rows)
    rows("delete from control.checks where step in ('marts', 'departure_crm')")
    rows("update control.checks set checked = 0 where step = 'staging'")
    set_score(rows, 80)
    said = a_run(is_new=False)
    ((first,),) = rows("select run_id from control.runs order by started_at limit 1")
    for why in (
        f"dbt's tests of staging looked at nothing in run {first}",
        f"there is no record of run {first} of dbt's tests of the marts",
        f"there is no record of run {first} of the gate of what leaves",
    ):
        assert f"check not passed: {why}" in said


@pytest.mark.parametrize("ends", ["pass", "skipped"])
def test_a_run_that_goes_on_where_another_ended_looks_too(
    a_run: Callable[..., str],
    double: JobDouble,
    workspace: Workspace,
    rows: Rows,
    hubspot: HubSpotSimulator,
    ends: str,
) -> None:
    a_run()
    approved(workspace, rows)
    set_score(rows, 80)
    double.test_ends = ends
    hubspot.configure(token_is_expired=True)
    a_run(code=1)
    hubspot.configure(token_is_expired=False)
    ((failed,),) = rows("select run_id from control.runs where state = 'crm_failed'")
    again = RunRequest(workspace.warehouse, started_by="a test")
    with open_run(again, retried_run_id=failed) as run:
        assert run.reports == {}
        report = tell_crm(run, "hubspot")
    if ends == "pass":
        assert (report.state, report.counts["acknowledged"]) == ("done", 1)
    else:
        assert report.state == "awaiting_approval"
        assert any("y_is_there: skipped" in each for each in report.reasons)
    ((state,),) = rows("select state from control.runs order by started_at desc limit 1")
    assert state == "done"


# Time to approve


def test_a_run_leaves_a_plan_that_waits_alone_and_says_so(
    a_run: Callable[..., str], workspace: Workspace, rows: Rows, hubspot: HubSpotSimulator
) -> None:
    a_run()
    ((sync,),) = rows("select run from crm_sync.sync_runs")
    set_score(rows, 80)
    hubspot.forget_requests()
    said = a_run()
    assert f"nothing new was planned, sync {sync} still waits for approval" in said
    assert f"leadger crm approve hubspot {sync}" in said
    assert "runs leave it alone until" in said
    assert rows("select run, state from crm_sync.sync_runs") == [(sync, "awaiting_approval")]
    assert {each["path"] for each in hubspot.requests()} == {"/crm/v3/properties/contacts"}
    commands.approve(workspace, "hubspot", sync)
    assert "1 acknowledged" in a_run(), "what came in between is told by the next run"


def test_a_new_objection_waits_for_no_plan(
    a_run: Callable[..., str], workspace: Workspace, rows: Rows, hubspot: HubSpotSimulator
) -> None:
    a_run()
    approved(workspace, rows)
    rows("update marts.crm_lead_status set next_action = null")
    assert "leadger_next_action would be emptied in 3 of 3" in a_run()
    ((sync,),) = rows("select run from crm_sync.sync_runs where state = 'awaiting_approval'")
    rows("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = '1'")
    set_score(rows, 80, "2")
    said = a_run()
    assert f"1 planned, 1 acknowledged, sync {sync} still waits for approval" in said
    assert f"leadger crm approve hubspot {sync}" in said
    assert hubspot.contact("1")["leadger_do_not_contact"] == "true"
    assert hubspot.contact("1")["leadger_next_action"] == "call"
    assert hubspot.contact("2")["leadger_score"] == "72"
    commands.approve(workspace, "hubspot", sync)
    assert hubspot.contact("1").get("leadger_next_action", "") == ""


def test_by_hand_it_is_planned_anew(
    a_run: Callable[..., str], workspace: Workspace, rows: Rows
) -> None:
    a_run()
    set_score(rows, 80)
    commands.push(workspace, "hubspot", dry_run=False)
    assert rows("select state from crm_sync.sync_runs order by started_at") == [
        ("superseded",),
        ("awaiting_approval",),
    ]


def test_after_its_hours_a_run_plans_anew(a_run: Callable[..., str], rows: Rows) -> None:
    a_run()
    set_score(rows, 80)
    rows("update crm_sync.sync_plans set planned_at = planned_at - interval 25 hours")
    assert "3 planned, held" in a_run()
    assert rows("select state from crm_sync.sync_runs order by started_at") == [
        ("superseded",),
        ("awaiting_approval",),
    ]


def test_a_plan_held_for_its_marts_alone_goes_once_they_are_in_order(
    a_run: Callable[..., str],
    double: JobDouble,
    workspace: Workspace,
    rows: Rows,
    hubspot: HubSpotSimulator,
) -> None:
    a_run()
    approved(workspace, rows)
    set_score(rows, 80)
    double.test_ends = "skipped"
    assert "1 planned, held" in a_run()
    double.test_ends = "pass"
    assert "1 acknowledged" in a_run()
    assert hubspot.contact("1")["leadger_score"] == "80"


# One at a time, and no blind retry


def test_no_op_of_the_job_is_retried_blindly(hubspot: HubSpotSimulator) -> None:
    location = leadger()
    job = location.resolve_job_def(JOB)
    op: Any = job.graph.node_named("crm__hubspot").definition
    assert op.retry_policy is None
    assert [each.name for each in job.graph.nodes if each.retry_policy is not None] == []
    assert "dagster/max_retries" not in job.tags
    graph = location.resolve_asset_graph()
    assert graph.get(dg.AssetKey(["crm", "hubspot"])).parent_keys == {
        dg.AssetKey(["marts", "published"])
    }


def test_a_failure_is_not_tried_again(a_run: Callable[..., str], hubspot: HubSpotSimulator) -> None:
    hubspot.forget_requests()
    hubspot.configure(token_is_expired=True)
    a_run(code=1)
    assert len(hubspot.requests()) == 1


def test_a_run_waits_for_a_push_by_hand_and_says_so(
    a_run: Callable[..., str],
    workspace: Workspace,
    rows: Rows,
    hubspot: HubSpotSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    a_run()
    approved(workspace, rows)
    set_score(rows, 80)
    hubspot.forget_requests()
    hubspot.arm(Kind.SLOW, path="batch/update", delay=4.0)
    words = ("crm", "push", "hubspot", "--warehouse", str(workspace.warehouse))
    by_hand = subprocess.Popen(
        [sys.executable, "-m", "orchestration", *words],
        cwd=PROJECT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while by_hand.poll() is None and not hubspot.requests("batch/read"):
        time.sleep(0.05)
    assert run_daily(RunRequest(workspace.warehouse, raw=tmp_path, started_by="a test")) == 0
    shown = capsys.readouterr()
    output, _ = by_hand.communicate(timeout=60)
    assert by_hand.returncode == 0, output
    assert f"Another run is using leadger.duckdb (process {by_hand.pid} on " in shown.err
    assert "nothing new to say" in shown.out
    assert len(hubspot.requests("batch/update")) == 1


@pytest.mark.parametrize(
    ("named", "found"),
    [("", []), ("hubspot", ["hubspot"]), (" salesforce ,hubspot,", ["salesforce", "hubspot"])],
)
def test_crms_are_named_in_the_environment(
    named: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CRMS, named)
    assert crms_named() == found


@pytest.mark.parametrize(("named", "said"), [("pipedrive", "pipedrive; there are"), ("files", "")])
def test_a_name_that_is_no_crm_is_refused_in_words(
    named: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CRMS, f"hubspot,{named}")
    with pytest.raises(UnusableInputError, match=said or "every run tells `files`"):
        crms_named()


def test_time_travel_and_dry_runs_tell_no_crm(
    a_run: Callable[..., str],
    workspace: Workspace,
    hubspot: HubSpotSimulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a_run()
    hubspot.forget_requests()
    dry = RunRequest(workspace.warehouse, raw=tmp_path, is_dry=True, started_by="a test")
    assert run_daily(dry) == 0
    assert run_daily(replace(dry, is_dry=False, raw=None, as_of=EARLY)) == 0
    assert hubspot.requests() == []
    assert "CRM hubspot" not in capsys.readouterr().out
