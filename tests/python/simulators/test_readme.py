"""The README tells of every fault, setting and verb there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators import control
from simulators.control import (
    HubSpotSimulator,
    RunningSimulator,
    SalesforceSimulator,
    SimulatorError,
)
from simulators.faults import Kind

README = (Path(control.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", Kind)
def test_every_fault(kind: Kind) -> None:
    assert f"`{kind}`" in README


def test_every_setting(crm: HubSpotSimulator, org: SalesforceSimulator) -> None:
    missing = [each for each in {**crm.configure(), **org.configure()} if f"`{each}`" not in README]
    assert missing == []


@pytest.mark.parametrize("heading", ["for HubSpot", "for Salesforce"])
def test_every_verb_is_one(crm: HubSpotSimulator, org: SalesforceSimulator, heading: str) -> None:
    simulator: RunningSimulator = crm if heading == "for HubSpot" else org
    listed = README.split(heading, 1)[1].split(";" if simulator is crm else ".", 1)[0]
    verbs = [each.strip(" `\n") for each in listed.split(",")]
    assert len(verbs) > 8
    for verb in verbs:
        try:
            simulator.call("POST", verb, {})
        except SimulatorError as refused:
            # It asks for what it needs, but knows the verb.
            assert "to steer it with" not in str(refused)
