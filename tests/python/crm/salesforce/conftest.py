"""Salesforce, simulated, with the records of the marts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm.salesforce.org import ONE, THREE, TWO, mapping_with
from crm.scenes import Query, Scene
from orchestration.crm.salesforce import ADDRESS, TOKEN, SalesforceDestination
from orchestration.workspace import Workspace
from simulators.control import SalesforceSimulator


@pytest.fixture(scope="module")
def running() -> Iterator[SalesforceSimulator]:
    with SalesforceSimulator() as simulator:
        yield simulator


@pytest.fixture
def org(
    running: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch, query: Query
) -> Iterator[SalesforceSimulator]:
    """Salesforce with two leads and a contact of the marts, and none of our fields.

    Whatever a test does, every request is one that Salesforce's documentation allows.
    """
    running.reset()
    running.seed({ONE: {"LastName": "One"}, THREE: {"LastName": "Three"}})
    running.seed({TWO: {"LastName": "Two"}}, "Contact")
    for number, record in (("1", ONE), ("2", TWO), ("3", THREE)):
        query(
            "update marts.crm_lead_status set crm_contact_id = ? where crm_contact_id = ?",
            record,
            number,
        )
    monkeypatch.setenv(TOKEN, running.token)
    monkeypatch.setenv(ADDRESS, running.url)
    yield running
    assert running.breaches() == []


@pytest.fixture
def fresh(workspace: Workspace, org: SalesforceSimulator) -> Scene:
    """Nothing told yet."""
    return Scene(workspace, mapping_with(), SalesforceDestination)


@pytest.fixture
def scene(fresh: Scene, org: SalesforceSimulator) -> Scene:
    """Everything told once."""
    fresh.setup()
    fresh.sync("r1")
    fresh.approve("r1")
    org.forget_requests()
    return fresh
