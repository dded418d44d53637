"""Sync with Salesforce: what it does otherwise than HubSpot, on a simulator over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.salesforce.org import ONE, THREE, TWO, records_sent, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import StopError
from orchestration.errors import UnusableInputError
from simulators.control import SalesforceSimulator
from simulators.faults import Kind


def test_the_first_sync_waits_and_goes_once_approved(
    fresh: Scene, org: SalesforceSimulator
) -> None:
    with pytest.raises(UnusableInputError, match="no field 'leadger_stage__c'"):
        fresh.sync("r1")
    assert len(fresh.setup()) == len(fresh.mapping.properties)
    assert fresh.setup() == []
    assert fresh.sync("r1").state == "awaiting_approval"
    assert updates(org) == []
    assert fresh.approve("r1").counts["acknowledged"] == 3
    assert org.record(ONE)["leadger_score__c"] == 72
    assert org.record(TWO)["leadger_stage__c"] == "mql"
    assert org.record(THREE)["leadger_do_not_contact__c"] is True


def test_only_what_changed_and_nothing_twice(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    assert scene.sync("r2").state == "nothing"
    set_score(query, 80, ONE)
    query("update marts.crm_lead_status set next_action = null where crm_contact_id = ?", ONE)
    scene.sync("r3")
    assert org.record(ONE)["leadger_score__c"] == 80
    assert org.record(ONE)["leadger_next_action__c"] is None
    assert scene.sync("r4").state == "nothing"
    assert len(updates(org)) == 1


def test_a_record_that_is_locked_is_tried_again(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    for record in (ONE, THREE):
        set_score(query, 80, record)
    org.arm(Kind.PARTIAL, partial=[ONE], code="UNABLE_TO_LOCK_ROW", method="PATCH")
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "acknowledged", THREE: "acknowledged"}
    assert len(scene.slept) == 1


def test_a_duplicate_is_parked_and_the_others_go(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    for record in (ONE, THREE):
        set_score(query, 80, record)
    org.arm(Kind.PARTIAL, partial=[ONE], code="DUPLICATES_DETECTED", method="PATCH")
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected", THREE: "acknowledged"}
    assert scene.slept == []
    assert scene.sync("r3").state == "nothing"


def test_a_converted_lead_is_left_alone_but_for_objections(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    contact = org.convert(ONE)
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected"}
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = ?", ONE)
    scene.sync("r3")
    assert org.record(contact)["leadger_do_not_contact__c"] is True


def test_a_deleted_lead_is_parked(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    org.delete(ONE)
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected"}
    assert updates(org) == []


def test_a_reps_edit_wins(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    org.edit(ONE, leadger_score__c=5)
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert org.record(ONE)["leadger_score__c"] == 5
    assert query("select object_id, property, wanted, found from crm_sync.sync_conflicts") == [
        (ONE, "leadger_score__c", "80", "5")
    ]


def test_an_answer_lost_after_it_was_done_is_read_back(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    org.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, method="PATCH", path="composite/sobjects")
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "acknowledged"}
    assert len(updates(org)) == 1


def test_no_right_is_one_call_and_a_stop(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.configure(session_is_expired=True)
    set_score(query, 80, ONE)
    with pytest.raises(StopError) as stopped:
        scene.sync("r2")
    assert org.token not in str(stopped.value)
    assert len(org.requests()) == 1


def test_rollback(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    for record in (ONE, THREE):
        set_score(query, 80, record)
    scene.sync("r2")
    org.edit(THREE, leadger_score__c=5)
    scene.roll_back("r2")
    assert org.record(ONE)["leadger_score__c"] == 72
    assert org.record(THREE)["leadger_score__c"] == 5


def test_half_an_answer_is_read_back(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    set_score(query, 80, ONE)
    org.arm(Kind.MALFORMED, path="composite/sobjects", method="PATCH")
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "acknowledged"}
    assert len(updates(org)) == 1
    assert scene.sync("r3").state == "nothing"


def test_no_calls_left_today_stops_and_the_next_sync_goes_on(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    asked = len(org.requests())
    scene.sync("r2", dry_run=True)
    made = len(org.requests()) - asked
    org.configure(requests_per_day=made)
    org.end_day()
    org.forget_requests()
    with pytest.raises(StopError, match="no more calls today"):
        scene.sync("r2")
    assert [each["status"] for each in org.requests()].count(403) == 1, "one call, then a stop"
    org.configure(requests_per_day=100_000)
    assert scene.sync("r3").counts["acknowledged"] == 1
    assert org.record(ONE)["leadger_score__c"] == 80


def test_what_could_not_be_sent_is_sent_by_the_next_sync(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    org.arm(Kind.DROP_BEFORE_COMMIT, path="composite/sobjects", method="PATCH", times=None)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "retry"}
    org.disarm()
    scene.sync("r3")
    assert org.record(ONE)["leadger_score__c"] == 80
    assert scene.sync("r4").state == "nothing"


def test_a_late_retry_never_overwrites_a_newer_intent(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    org.arm(Kind.DROP_BEFORE_COMMIT, path="composite/sobjects", method="PATCH")
    scene.sync("r2")
    org.forget_requests()
    set_score(query, 90, ONE)
    scene.sync("r3")
    assert [each["leadger_score__c"] for each in records_sent(org)] == [90]


def test_a_due_date_over_a_change_of_the_clocks(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set sla_due_at = '2026-10-25 01:30'")
    scene.sync("r2")
    held = org.record(ONE)["leadger_sla_due_at__c"]
    assert datetime.fromisoformat(held) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert scene.sync("r3").state == "nothing"


def test_whoever_edited_is_named(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    for record in (ONE, TWO):
        org.edit(record, leadger_score__c=5)
        set_score(query, 80, record)
    scene.sync("r2")
    found = query("select object_id, found, edited_by from crm_sync.sync_conflicts order by 1")
    assert [(record, value) for record, value, _ in found] == [(TWO, "5"), (ONE, "5")]
    assert all(str(by).startswith("user 005") for _, _, by in found)
