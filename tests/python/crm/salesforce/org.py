"""The records of the marts in Salesforce, and how to reach it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.scenes import FREELY
from orchestration.crm.mapping import CrmMapping, Limits, read_mapping
from orchestration.crm.salesforce import SalesforceDestination
from simulators.control import SalesforceSimulator
from simulators.loopback import https_session

ONE, TWO, THREE = "00Q000000000001AAA", "003000000000002AAA", "00Q000000000003AAA"
"""Two leads, and a contact in between."""


def mapping_with(limits: Limits = FREELY) -> CrmMapping:
    """The project's own mapping, under some limits."""
    return read_mapping("salesforce").model_copy(update={"limits": limits})


def reaching(
    port: int,
) -> Callable[[CrmMapping, Callable[[float], None]], SalesforceDestination]:
    """Makes the destination, for a simulator at a port: http where the client says https."""

    def reach(mapping: CrmMapping, sleep: Callable[[float], None]) -> SalesforceDestination:
        return SalesforceDestination(mapping, sleep, https_session(port))

    return reach


def updates(org: SalesforceSimulator) -> list[dict[str, Any]]:
    """Requests that changed records."""
    found = org.requests("composite/sobjects")
    return [each for each in found if each["method"] == "PATCH"]


def records_sent(org: SalesforceSimulator) -> list[dict[str, Any]]:
    """Every record of every update, in order."""
    return [each for call in updates(org) for each in call["body"]["records"]]
