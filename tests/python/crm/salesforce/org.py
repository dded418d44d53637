"""The records of the marts in Salesforce, and what it was told."""

from __future__ import annotations

from typing import Any

from crm.scenes import FREELY
from orchestration.crm.mapping import CrmMapping, Limits, read_mapping
from simulators.control import SalesforceSimulator

ONE, TWO, THREE = "00Q000000000001EAA", "003000000000002AAA", "00Q000000000003EAA"
"""Two leads, and a contact in between."""


def mapping_with(limits: Limits = FREELY) -> CrmMapping:
    """The project's own mapping, under some limits."""
    return read_mapping("salesforce").model_copy(update={"limits": limits})


def updates(org: SalesforceSimulator) -> list[dict[str, Any]]:
    """Requests that changed records."""
    found = org.requests("composite/sobjects")
    return [each for each in found if each["method"] == "PATCH"]


def records_sent(org: SalesforceSimulator) -> list[dict[str, Any]]:
    """Every record of every update, in order."""
    return [each for call in updates(org) for each in call["body"]["records"]]
