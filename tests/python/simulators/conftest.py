"""One simulator a module, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.control import HubSpotSimulator


@pytest.fixture(scope="module")
def running_hubspot() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def crm(running_hubspot: HubSpotSimulator) -> HubSpotSimulator:
    """HubSpot with three contacts and four properties of ours."""
    running_hubspot.reset()
    running_hubspot.define_properties({"leadger_score": "number", "leadger_due": "datetime"})
    running_hubspot.define_properties({"leadger_note": "string", "leadger_call": "bool"})
    running_hubspot.seed(
        {
            "1": {"email": "ada@example.com", "lifecyclestage": "lead"},
            "2": {"email": "grace@example.com"},
            "3": {"email": "edsger@example.com"},
        }
    )
    return running_hubspot
