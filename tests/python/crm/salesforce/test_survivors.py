"""Leads that are converted, merged or deleted: who is told in their place, and when."""

from __future__ import annotations

import pytest

from crm.salesforce.org import ONE, THREE, TWO, mapping_with, records_sent, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.mapping import Limits
from simulators.control import SalesforceSimulator
from simulators.faults import Kind

UPDATE = {"path": "composite/sobjects", "method": "PATCH"}


def object_to_contact(query: Query, record: str) -> None:
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = ?", record)


def contact_of(org: SalesforceSimulator, lead: str) -> str:
    return str(org.record(lead)["ConvertedContactId"])


def on_the_way(org: SalesforceSimulator, verb: str, **body: str) -> None:
    org.arm(Kind.MEANWHILE, meanwhile=[{"verb": verb, "body": body}], **UPDATE)


def test_an_objection_of_a_lead_converted_on_the_way_reaches_its_contact_at_once(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    object_to_contact(query, ONE)
    on_the_way(org, "convert", id=ONE)
    scene.sync("r2")
    contact = contact_of(org, ONE)
    assert outcomes(query, "r2") == {ONE: "retry"}
    assert org.record(contact)["leadger_do_not_contact__c"] is True
    ((reason, code),) = query(
        "select reason, error_category from crm_sync.sync_records "
        "where run = 'r2' and outcome = 'retry'"
    )
    assert reason == f"{contact} took its place on the way, and was told the objection"
    assert code == "CANNOT_UPDATE_CONVERTED_LEAD"
    scene.sync("r3")
    assert scene.sync("r4").state == "nothing"


def test_an_objection_of_a_lead_merged_on_the_way_reaches_its_master_at_once(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query(
        "update marts.crm_lead_status set do_not_contact = false, stage = 'mql' "
        "where crm_contact_id = ?",
        THREE,
    )
    scene.sync("r1b")
    object_to_contact(query, ONE)
    on_the_way(org, "merge", master=THREE, other=ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "retry"}
    assert org.record(THREE)["leadger_do_not_contact__c"] is True
    scene.sync("r3")
    assert scene.sync("r4").state == "nothing"
    assert org.record(THREE)["leadger_do_not_contact__c"] is True, "an objection stays"


def test_a_lead_deleted_on_the_way_is_parked(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    on_the_way(org, "delete", id=ONE)
    scene.sync("r2")
    assert query(
        "select outcome, http_status, error_category from crm_sync.sync_records "
        "where run = 'r2' order by record_id desc limit 1"
    ) == [("rejected", 404, "ENTITY_IS_DELETED")]
    assert scene.sync("r3").state == "nothing"


def test_a_score_of_a_lead_converted_on_the_way_reaches_its_contact_with_the_next_plan(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    on_the_way(org, "convert", id=ONE)
    scene.sync("r2")
    assert scene.sync("r3").counts["acknowledged"] == 1
    assert org.record(contact_of(org, ONE))["leadger_score__c"] == 80
    assert scene.sync("r4").state == "nothing"


def test_a_lead_converted_while_its_plan_waited(
    fresh: Scene, org: SalesforceSimulator, query: Query
) -> None:
    fresh.setup()
    object_to_contact(query, ONE)
    fresh.sync("r1")
    contact = org.convert(ONE)
    fresh.approve("r1")
    fresh.sync("r2")
    held = org.record(contact)
    assert held["leadger_do_not_contact__c"] is True
    assert held["leadger_score__c"] == 72
    assert fresh.sync("r3").state == "nothing"


def test_the_contact_of_a_converted_lead_is_told_where_it_has_no_row(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    contact = org.convert(ONE)
    # as where nobody mapped the lead's fields to the contact's
    org.edit(contact, leadger_icp_grade__c=None, leadger_score__c=None, leadger_stage__c=None)
    set_score(query, 80, ONE)
    assert scene.sync("r2").conflicts == 0
    held = org.record(contact)
    assert (held["leadger_score__c"], held["leadger_icp_grade__c"]) == (80, "A")
    assert held["leadger_stage__c"] == "mql"
    assert outcomes(query, "r2") == {ONE: "acknowledged", contact: "acknowledged"}
    assert scene.sync("r3").state == "nothing"

    set_score(query, 81, ONE)
    org.forget_requests()
    scene.sync("r4")
    assert [set(each) for each in records_sent(org)] == [{"attributes", "id", "leadger_score__c"}]
    assert org.record(contact)["leadger_score__c"] == 81

    org.edit(contact, leadger_score__c=5)
    set_score(query, 82, ONE)
    assert scene.sync("r5").conflicts == 1, "a rep's edit of the contact wins"
    assert query("select edited_by like 'user 005%' from crm_sync.sync_conflicts") == [(True,)]


def test_what_a_rep_filled_in_a_new_contact_wins(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    contact = org.convert(ONE)
    org.edit(contact, leadger_next_action__c="wait")
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert query("select property, found from crm_sync.sync_conflicts") == [
        ("leadger_next_action__c", "wait")
    ]
    assert org.record(contact)["leadger_score__c"] == 80


@pytest.mark.parametrize("score", [80, 90])
def test_a_contact_whose_row_comes_later_speaks_for_itself(
    scene: Scene, org: SalesforceSimulator, query: Query, score: int
) -> None:
    contact = org.convert(ONE)
    set_score(query, 80, ONE)
    scene.sync("r2")
    query(
        "insert into marts.crm_lead_status select * replace (? as crm_contact_id, ? as score) "
        "from marts.crm_lead_status where crm_contact_id = ?",
        contact,
        score,
        ONE,
    )
    assert scene.sync("r3").conflicts == 0
    assert org.record(contact)["leadger_score__c"] == score
    set_score(query, 85, ONE)
    scene.sync("r4")
    assert org.record(contact)["leadger_score__c"] == score
    assert outcomes(query, "r4") == {ONE: "rejected"}


def test_of_two_leads_that_became_one_contact_the_first_speaks(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set do_not_contact = false where crm_contact_id = ?", THREE)
    scene.sync("r1b")
    org.merge(ONE, THREE)
    contact = org.convert(ONE)
    set_score(query, 80, ONE)
    set_score(query, 1, THREE)
    scene.sync("r2")
    assert org.record(contact)["leadger_score__c"] == 80
    assert outcomes(query, "r2")[THREE] == "rejected"
    assert scene.sync("r3").state == "nothing"


def test_a_contact_told_for_its_lead_is_rolled_back(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    contact = org.convert(ONE)
    set_score(query, 80, ONE)
    scene.sync("r2")
    scene.roll_back("r2")
    assert org.record(contact)["leadger_score__c"] == 72
    assert scene.sync("r3").state == "nothing"


def test_a_plan_for_a_contact_that_waited_goes_as_it_was_approved(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    contact = org.convert(ONE)
    org.edit(contact, leadger_icp_grade__c=None)
    scene.mapping = mapping_with(Limits(always_allowed=0, changed_share=0.01))
    set_score(query, 80, ONE)
    assert scene.sync("r2").state == "awaiting_approval"
    assert updates(org) == []
    scene.approve("r2")
    assert outcomes(query, "r2")[ONE] == "acknowledged"
    assert org.record(contact)["leadger_icp_grade__c"] == "A"


def test_a_converted_lead_whose_contact_was_deleted_is_parked(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.delete(org.convert(ONE))
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected"}
    assert org.record(TWO)["leadger_score__c"] == 72
