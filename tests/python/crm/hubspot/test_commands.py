"""`leadger crm` as a person runs it, in processes of its own: killed, twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from crm.hubspot.mappings import updates
from crm.hubspot.test_faults import inputs_sent, steps
from crm.published import publish
from crm.scenes import Query, set_score
from orchestration.crm.hubspot_calls import ADDRESS, TOKEN
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

PROJECT = Path(__file__).resolve().parents[4]
PATIENCE = 60.0


@pytest.fixture
def told(workspace: Workspace, hubspot: HubSpotSimulator, query: Query) -> Iterator[None]:
    """Everything told once, by the commands."""
    with open_warehouse(workspace.warehouse) as connection:
        publish(connection)
    leadger(workspace, hubspot, "setup", "hubspot")
    assert "waits for approval" in leadger(workspace, hubspot, "push", "hubspot")
    ((run,),) = query("select run from crm_sync.sync_runs")
    assert "3" in leadger(workspace, hubspot, "approve", "hubspot", str(run))
    hubspot.forget_requests()
    yield


def started(
    workspace: Workspace, hubspot: HubSpotSimulator, words: Sequence[str]
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "orchestration", "crm", *words),
            *("--warehouse", str(workspace.warehouse)),
        ],
        cwd=PROJECT,
        env={**os.environ, TOKEN: hubspot.token, ADDRESS: hubspot.url, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def leadger(workspace: Workspace, hubspot: HubSpotSimulator, *words: str, code: int = 0) -> str:
    process = started(workspace, hubspot, words)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, output
    assert hubspot.token not in output
    return output


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


@pytest.mark.parametrize("is_done", [True, False], ids=["after HubSpot did it", "before"])
@pytest.mark.usefixtures("told")
def test_killed_between_sending_and_the_answer(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, is_done: bool
) -> None:
    set_score(query, 80)
    kind = Kind.SLOW if is_done else Kind.STATUS
    hubspot.arm(kind, path="batch/update", delay=4.0, status=503)
    process = started(workspace, hubspot, ["push", "hubspot"])
    assert isinstance(workspace.warehouse, Path)
    wal = workspace.warehouse.with_suffix(".duckdb.wal")
    until(lambda: hubspot.faults() == [] or process.poll() is not None)
    assert wal.exists(), "what is sent is on disk before it leaves"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    if is_done:
        until(lambda: hubspot.contact("1")["leadger_score"] == "80")
    else:
        until(lambda: len(updates(hubspot)) == 1)
    sent = len(inputs_sent(hubspot))
    output = leadger(workspace, hubspot, "push", "hubspot")
    assert "1 of a sync that was cut short" in output
    ((killed,),) = query("select run from crm_sync.sync_runs where state = 'interrupted'")
    last = "acknowledged" if is_done else "retry"
    assert steps(query, str(killed)) == ["planned", "sent", last]
    assert len(inputs_sent(hubspot)) == sent + (0 if is_done else 1)
    assert hubspot.contact("1")["leadger_score"] == "80"
    assert "told everything" in leadger(workspace, hubspot, "push", "hubspot")


@pytest.mark.usefixtures("told")
def test_two_at_once_are_one_after_the_other(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.SLOW, path="batch/update", delay=2.0)
    processes = [started(workspace, hubspot, ["push", "hubspot"]) for _ in range(2)]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sorted("told everything" in each for each in outputs) == [False, True], outputs
    assert len(inputs_sent(hubspot)) == 1


@pytest.mark.usefixtures("told")
def test_a_refused_token_is_told_in_words_and_nowhere_else(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.configure(token_is_expired=True)
    output = leadger(workspace, hubspot, "push", "hubspot", code=1)
    assert "refuses the token" in output
    assert len(hubspot.requests()) == 1
    assert isinstance(workspace.warehouse, Path)
    held = [path for path in workspace.warehouse.parent.rglob("*") if path.is_file()]
    assert held
    assert not [path for path in held if hubspot.token.encode() in path.read_bytes()]


@pytest.mark.usefixtures("told")
def test_from_a_plan_to_a_rollback(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.edit("2", leadger_score="5")
    set_score(query, 80, "2")
    plan = leadger(workspace, hubspot, "plan", "hubspot")
    assert "nothing was sent" in plan
    assert updates(hubspot) == []
    assert "edited in the CRM" in leadger(workspace, hubspot, "push", "hubspot")
    assert "leadger_score" in leadger(workspace, hubspot, "conflicts", "hubspot")
    ((run,),) = query("select run from crm_sync.sync_runs order by started_at desc limit 1")
    leadger(workspace, hubspot, "rollback", "hubspot", str(run))
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert "rolled back" in leadger(workspace, hubspot, "status", "hubspot")
    assert "planned again" in leadger(workspace, hubspot, "release", "hubspot", "1")
    leadger(workspace, hubspot, "push", "hubspot")
    assert hubspot.contact("1")["leadger_score"] == "80"
    assert "There is no sync" in leadger(
        workspace, hubspot, "approve", "hubspot", "nonsense", code=2
    )
