"""Sync with Salesforce: what it does otherwise than HubSpot, on a simulator over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.salesforce.org import ONE, THREE, TWO, mapping_with, records_sent, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import StopError
from orchestration.crm.mapping import STAGES, Property
from orchestration.crm.salesforce import SalesforceDestination
from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace
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


def test_nobody_gets_another_owner(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    org.edit(ONE, OwnerId="0055g0000000007AAA")
    set_score(query, 80, ONE)
    set_score(query, 80, TWO)
    scene.sync("r2")
    assert {each["headers"].get("sforce-auto-assign") for each in updates(org)} == {"FALSE"}
    assert org.record(ONE)["OwnerId"] == "0055g0000000007AAA"


def test_a_number_that_is_rounded_there_is_no_edit(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query("alter table marts.crm_lead_status alter score type double")
    for run, score, held in (("r2", 80.4, 80), ("r4", 90.5, 91)):
        query("update marts.crm_lead_status set score = ? where crm_contact_id = ?", score, ONE)
        report = scene.sync(run)
        assert (report.counts["rejected"], report.conflicts) == (0, 0)
        assert org.record(ONE)["leadger_score__c"] == held
        assert scene.sync(f"{run}+").state == "nothing"


def test_what_a_flow_makes_of_a_value_is_no_edit(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.add_flow("leadger_next_action__c", "call back", "Call back!")
    action = "update marts.crm_lead_status set next_action = ? where crm_contact_id = ?"
    query(action, "call back", ONE)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert scene.sync("r3").state == "nothing"
    query(action, "write", ONE)
    assert scene.sync("r4").conflicts == 0
    assert org.record(ONE)["leadger_next_action__c"] == "write"


def test_what_a_rep_wrote_in_the_same_moment_is_no_echo_of_ours(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    set_score(query, 80, THREE)
    # planned, looked at; a canary is read back once for its echo, and once to be seen
    edit = {"verb": "edit", "body": {"id": ONE, "values": {"leadger_next_action__c": "wait"}}}
    read = {"path": "composite/sobjects/Lead", "method": "POST"}
    query("update marts.crm_lead_status set next_action = 'go' where crm_contact_id = ?", ONE)
    scene.mapping = scene.mapping.model_copy(update={"canary": 1})
    set_score(query, 81, THREE)
    org.arm(Kind.MEANWHILE, meanwhile=[edit], skip=2, **read)
    with pytest.raises(StopError, match="does not hold it"):
        scene.sync("r2")
    query("update marts.crm_lead_status set next_action = 'go on' where crm_contact_id = ?", ONE)
    scene.sync("r3")
    assert org.record(ONE)["leadger_next_action__c"] == "wait"


def test_a_status_of_leads_is_not_asked_of_contacts(
    fresh: Scene, org: SalesforceSimulator, query: Query
) -> None:
    stages = dict.fromkeys(STAGES, "Open - Not Contacted") | {"mql": "Working - Contacted"}
    status = Property(
        column="stage",
        property="Status",
        type="enumeration",
        values=stages,
        policy="warehouse_wins",
    )
    fresh.mapping = fresh.mapping.model_copy(
        update={"properties": (*fresh.mapping.properties, status)}
    )
    fresh.setup()
    fresh.sync("r1")
    assert fresh.approve("r1").counts["acknowledged"] == 3
    assert org.record(ONE)["Status"] == "Working - Contacted"
    assert fresh.sync("r2").state == "nothing"
    org.remove_picklist_value("Status", "Working - Contacted")
    with pytest.raises(UnusableInputError, match="Status has no value Working - Contacted"):
        fresh.sync("r3")


def test_a_first_backfill_of_thousands(
    workspace: Workspace, org: SalesforceSimulator, query: Query
) -> None:
    """Nobody is lost, nobody told twice; one call at a time, as fast as it answers."""
    many = 5_000
    org.configure(logs_bodies=False)
    query(
        "insert into marts.crm_lead_status (crm_contact_id, lead_id, stage, score, do_not_contact) "
        "select '00Q1' || lpad(cast(n as varchar), 11, '0') || 'AAA', 'q' || n, 'mql', n, false "
        "from generate_series(0, ?) as numbers (n)",
        many - 1,
    )
    for first in range(0, many, 2_000):
        org.seed({_lead(n): {"LastName": f"M{n}"} for n in range(first, first + 2_000)})
    mapping = mapping_with().model_copy(update={"requests_per_10_seconds": 1_000_000})
    scene = Scene(workspace, mapping, SalesforceDestination)
    scene.setup()
    assert scene.sync("r1").reasons == ["the first sync of this CRM: 5,003 records"]
    assert updates(org) == []
    assert scene.approve("r1").counts["acknowledged"] == 5_003
    assert scene.sync("r2").state == "nothing"
    assert len(updates(org)) == 28, "two hundred at once, but for objection, canary and contact"
    told = query(
        "select count(*), count(distinct object_id || cast(properties as varchar)), "
        "count(distinct object_id) from crm_sync.sync_records where outcome = 'acknowledged'"
    )
    assert told == [(5_004, 5_004, 5_003)], "once each, and the objection by itself"
    held = {n: org.record(_lead(n))["leadger_score__c"] for n in range(0, many, 97)}
    assert held == {n: n for n in held}


def _lead(number: int) -> str:
    return f"00Q1{number:011}AAA"
