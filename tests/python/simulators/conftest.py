"""One simulator a module, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.control import HubSpotSimulator, SalesforceSimulator


@pytest.fixture(scope="module")
def running_hubspot() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def crm(running_hubspot: HubSpotSimulator) -> HubSpotSimulator:
    """HubSpot with three contacts and four properties of ours, open to odd requests."""
    running_hubspot.reset()
    running_hubspot.configure(checks_contract=False)
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


@pytest.fixture(scope="module")
def running_salesforce() -> Iterator[SalesforceSimulator]:
    with SalesforceSimulator() as simulator:
        yield simulator


ADA, GRACE, EDSGER = "00Q5g00000AdaAAAAA", "00Q5g00000GraceAAA", "00Q5g0000EdsgerAAA"


@pytest.fixture
def org(running_salesforce: SalesforceSimulator) -> SalesforceSimulator:
    """Salesforce with three leads and five fields of ours, open to odd requests."""
    org = running_salesforce
    org.reset()
    org.configure(checks_contract=False)
    org.define_field("Leadger_Score__c", "double")
    org.define_field("Leadger_Due__c", "datetime")
    org.define_field("Leadger_Note__c", "string", length=20)
    org.define_field("Leadger_Call__c", "boolean")
    org.define_field("Leadger_Id__c", "string", externalId=True)
    org.seed(
        {
            ADA: {"Email": "ada@example.com", "Leadger_Id__c": "p1"},
            GRACE: {"Email": "grace@example.com", "Leadger_Id__c": "p2"},
            EDSGER: {"Email": "edsger@example.com", "Leadger_Id__c": "p2"},
        }
    )
    return org
