"""HubSpot, simulated, with the three contacts of the marts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm.hubspot.mappings import mapping_with
from crm.scenes import Scene
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.hubspot_calls import ADDRESS, TOKEN
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator


@pytest.fixture(scope="module")
def running() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def hubspot(
    running: HubSpotSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubSpotSimulator]:
    """HubSpot with the three contacts of the marts, and none of our properties.

    Whatever a test does, every request is one that HubSpot's documentation allows.
    """
    running.reset()
    running.seed({each: {"email": f"p{each}@example.com"} for each in "123"})
    monkeypatch.setenv(TOKEN, running.token)
    monkeypatch.setenv(ADDRESS, running.url)
    yield running
    assert (running.breaches(), running.uncovered()) == ([], [])


@pytest.fixture
def scene(workspace: Workspace, hubspot: HubSpotSimulator) -> Scene:
    """Everything told once."""
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    first = scene.sync("r1")
    assert first.state == "awaiting_approval"
    scene.approve("r1")
    hubspot.forget_requests()
    return scene
