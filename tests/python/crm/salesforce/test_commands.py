"""`leadger crm` with Salesforce as a person runs it, in processes of its own; one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from crm.published import publish
from crm.salesforce.org import ONE, TWO, records_sent, updates
from crm.salesforce.test_faults import until
from crm.scenes import Query, outcomes, set_score
from orchestration.crm.salesforce import ADDRESS, TOKEN
from orchestration.crm.salesforce_calls import CLIENT_ID, CLIENT_SECRET
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from simulators.control import SalesforceSimulator
from simulators.faults import Kind

PROJECT = Path(__file__).resolve().parents[4]
PATIENCE = 60.0


class Keyboard:
    """Somebody who runs commands; no word of them may hold the token."""

    def __init__(self, workspace: Workspace, org: SalesforceSimulator, *, by_client: bool) -> None:
        assert isinstance(workspace.warehouse, Path)
        self.warehouse = workspace.warehouse
        self.org = org
        ours = {ADDRESS: org.url, "COLUMNS": "200"}
        if by_client:
            ours |= {CLIENT_ID: org.client_id, CLIENT_SECRET: org.client_secret}
        else:
            ours |= {TOKEN: org.token}
        theirs = {name: value for name, value in os.environ.items() if name != TOKEN}
        self.environment = {**theirs, **ours}

    def start(self, words: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "orchestration", "crm", *words),
                *("--warehouse", str(self.warehouse)),
            ],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        process = self.start(words)
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, output
        assert self.org.token not in output
        return output

    def see_that_the_token_is_nowhere(self) -> None:
        """Neither in a file (outbox, logs, write-ahead log) nor in a value of the warehouse."""
        files = [path for path in self.warehouse.parent.rglob("*") if path.is_file()]
        assert self.warehouse in files
        assert [path for path in files if self.org.token.encode() in path.read_bytes()] == []
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
            assert ("crm_sync", "sync_records") in tables
            for schema, table in tables:
                rows = connection.execute(f'select * from "{schema}"."{table}"').fetchall()
                assert self.org.token not in repr(rows)
        assert self.org.token not in repr(self.org.requests())


@pytest.fixture(params=[False, True], ids=["token", "client"])
def keyboard(
    workspace: Workspace, org: SalesforceSimulator, query: Query, request: pytest.FixtureRequest
) -> Keyboard:
    """Somebody at a warehouse that has been published."""
    with open_warehouse(workspace.warehouse) as connection:
        publish(connection)
    return Keyboard(workspace, org, by_client=request.param)


def last_run(query: Query) -> str:
    ((run,),) = query("select run from crm_sync.sync_runs order by started_at desc limit 1")
    return str(run)


def test_from_the_first_field_to_a_release(
    keyboard: Keyboard, org: SalesforceSimulator, query: Query
) -> None:
    assert "no field" in keyboard.run("push", "salesforce", code=2)
    assert "Made in salesforce: leadger_do_not_contact__c" in keyboard.run("setup", "salesforce")
    assert "has every property" in keyboard.run("setup", "salesforce")
    assert "nothing was sent" in keyboard.run("plan", "salesforce")
    assert "waits for approval" in keyboard.run("push", "salesforce")
    assert updates(org) == []
    keyboard.run("approve", "salesforce", last_run(query))
    assert org.record(ONE)["leadger_score__c"] == 72
    assert "told everything" in keyboard.run("push", "salesforce")

    org.edit(TWO, leadger_score__c=5)
    set_score(query, 80, ONE)
    set_score(query, 80, TWO)
    assert "edited in the CRM" in keyboard.run("push", "salesforce")
    assert (org.record(ONE)["leadger_score__c"], org.record(TWO)["leadger_score__c"]) == (80, 5)
    assert "leadger_score" in keyboard.run("conflicts", "salesforce")

    keyboard.run("rollback", "salesforce", last_run(query))
    assert org.record(ONE)["leadger_score__c"] == 72
    assert "rolled back" in keyboard.run("status", "salesforce")
    assert "planned again" in keyboard.run("release", "salesforce", ONE)
    keyboard.run("push", "salesforce")
    assert org.record(ONE)["leadger_score__c"] == 80

    org.configure(session_is_expired=True)
    assert "refuses the token" in keyboard.run("push", "salesforce", code=1)
    keyboard.see_that_the_token_is_nowhere()


@pytest.mark.parametrize("keyboard", [False], ids=["token"], indirect=True)
@pytest.mark.parametrize("is_done", [True, False], ids=["after Salesforce did it", "before"])
def test_killed_between_sending_and_the_answer(
    keyboard: Keyboard, org: SalesforceSimulator, query: Query, is_done: bool
) -> None:
    keyboard.run("setup", "salesforce")
    keyboard.run("push", "salesforce")
    keyboard.run("approve", "salesforce", last_run(query))
    org.forget_requests()
    set_score(query, 80, ONE)
    org.arm(
        Kind.SLOW if is_done else Kind.STATUS,
        **{"path": "composite/sobjects", "method": "PATCH", "delay": 4.0, "status": 503},
    )
    process = keyboard.start(["push", "salesforce"])
    until(lambda: org.faults() == [] or process.poll() is not None)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate(timeout=PATIENCE)
    assert org.token not in output
    until(lambda: len(updates(org)) == 1)
    assert "1 of a sync that was cut short" in keyboard.run("push", "salesforce")
    ((killed,),) = query("select run from crm_sync.sync_runs where state = 'interrupted'")
    assert outcomes(query, str(killed)) == {ONE: "acknowledged" if is_done else "retry"}
    assert len(records_sent(org)) == (1 if is_done else 2)
    assert org.record(ONE)["leadger_score__c"] == 80
    assert "told everything" in keyboard.run("push", "salesforce")
    keyboard.see_that_the_token_is_nowhere()


@pytest.mark.parametrize("keyboard", [True], ids=["client"], indirect=True)
def test_a_secret_that_is_wrong(keyboard: Keyboard, org: SalesforceSimulator) -> None:
    keyboard.environment[CLIENT_SECRET] = "a-secret-of-somebody-else"
    output = keyboard.run("setup", "salesforce", code=1)
    assert "gives our client no token (invalid_client" in output
    assert "a-secret-of-somebody-else" not in output
    keyboard.environment[ADDRESS] = "http://yourdomain.my.salesforce.com"
    assert "Use https" in keyboard.run("setup", "salesforce", code=2)
