"""What can go wrong between us and any CRM, done to Salesforce; the same as done to HubSpot."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable

import pytest

from crm.salesforce.org import ONE, THREE, TWO, mapping_with, records_sent, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.mapping import Limits, Property
from orchestration.crm.salesforce import SalesforceDestination
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Place
from orchestration.workspace import Workspace
from simulators.control import SalesforceSimulator
from simulators.faults import Kind

PATIENCE = 60.0


def sync_elsewhere(warehouse: Place, run: str) -> None:
    """A sync in a process of its own; who calls is in the environment."""
    Scene(Workspace(warehouse), mapping_with(), SalesforceDestination).sync(run)


def kill_while_it_sends(scene: Scene, org: SalesforceSimulator, run: str) -> None:
    """Kill a sync whose one update is done, before it hears so."""
    org.arm(Kind.SLOW, path="composite/sobjects", method="PATCH", delay=4.0)
    child = multiprocessing.get_context("spawn").Process(
        target=sync_elsewhere, args=(scene.workspace.warehouse, run)
    )
    child.start()
    until(lambda: org.faults() == [] or not child.is_alive())
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    until(lambda: org.record(ONE)["leadger_score__c"] == 80)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_killed_between_sending_and_the_answer(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    kill_while_it_sends(scene, org, "r2")
    scene.sync("r3")
    assert outcomes(query, "r2") == {ONE: "acknowledged"}
    assert len(updates(org)) == 1
    assert scene.sync("r4").state == "nothing"


def test_there_and_back_again_while_nobody_answered(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    """80 arrived without our knowing; the mart says 72 again, as we last heard acknowledged."""
    set_score(query, 80, ONE)
    kill_while_it_sends(scene, org, "r2")
    set_score(query, 72, ONE)
    scene.sync("r3")
    assert org.record(ONE)["leadger_score__c"] == 72
    assert scene.sync("r4").state == "nothing"


def test_two_leads_on_one_record_stop_the_sync(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set crm_contact_id = ? where crm_contact_id = ?", TWO, ONE)
    with pytest.raises(UnusableInputError, match="is there 2 times"):
        scene.sync("r2")
    assert updates(org) == []


def test_a_changed_address_is_nobody_else(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.edit(ONE, Email="other@example.com")
    set_score(query, 80, ONE)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert org.record(ONE)["Email"] == "other@example.com"
    posted = [each["path"] for each in org.requests() if each["method"] == "POST"]
    assert all("/composite/sobjects/" in path for path in posted), "asked about; nobody is made"


def test_of_two_merged_leads_the_master_speaks_but_for_objections(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.merge(THREE, ONE)
    set_score(query, 80, ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected"}
    assert org.record(THREE)["leadger_score__c"] == 0
    assert scene.sync("r3").state == "nothing"


def test_merged_while_it_was_on_its_way(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    merge = {"verb": "merge", "body": {"master": THREE, "other": ONE}}
    org.arm(Kind.MEANWHILE, path="composite/sobjects", method="PATCH", meanwhile=[merge])
    scene.sync("r2")
    scene.sync("r3")
    assert org.record(THREE)["leadger_score__c"] == 0
    assert query(
        "select outcome from crm_sync.sync_records where object_id = ? "
        "order by record_id desc limit 1",
        ONE,
    ) == [("rejected",)]
    assert scene.sync("r4").state == "nothing"


def test_a_value_that_goes_is_cleared_and_one_we_never_filled_is_left(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.edit(ONE, leadger_sla_due_at__c="2026-02-01T09:00:00.000+0000")
    query("update marts.crm_lead_status set next_action = null where crm_contact_id = ?", ONE)
    scene.sync("r2")
    assert org.record(ONE)["leadger_next_action__c"] is None
    assert org.record(ONE)["leadger_sla_due_at__c"], "the rep's own"


def test_an_objection_between_the_plan_and_the_approval_is_not_overtaken(
    fresh: Scene, org: SalesforceSimulator, query: Query
) -> None:
    fresh.setup()
    fresh.sync("r1")
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = ?", ONE)
    fresh.approve("r1")
    assert outcomes(query, "r1")[ONE] == "superseded"
    fresh.sync("r2")
    assert org.record(ONE)["leadger_do_not_contact__c"] is True


def test_a_plan_that_was_tampered_with_is_refused(
    fresh: Scene, org: SalesforceSimulator, query: Query
) -> None:
    fresh.setup()
    fresh.sync("r1")
    query(
        'update crm_sync.sync_records set properties = \'{"leadger_score__c":"1"}\' '
        "where object_id = ?",
        ONE,
    )
    with pytest.raises(UnusableInputError, match="digest differs"):
        fresh.approve("r1")
    assert updates(org) == []


def test_the_breaker(scene: Scene, org: SalesforceSimulator, query: Query) -> None:
    scene.mapping = mapping_with(Limits(always_allowed=0))
    set_score(query, 80, ONE)
    query("delete from marts.crm_lead_status where crm_contact_id = ?", THREE)
    assert list(scene.sync("r2").reasons) == [
        "the mart has 2 records, 3 at the sync before (limit: 10% fewer)",
        "1 of 2 records would change (limit 25%)",
    ]
    query("delete from marts.crm_lead_status")
    assert scene.sync("r3").state == "nothing", "an empty mart says nothing"
    assert updates(org) == []


def test_another_mapping_tells_what_is_new_and_waits_for_somebody(
    scene: Scene, org: SalesforceSimulator
) -> None:
    more = Property(column="lead_id", property="leadger_lead_id__c", type="string")
    scene.mapping = mapping_with(Limits(always_allowed=0))
    scene.mapping = scene.mapping.model_copy(
        update={"properties": (*scene.mapping.properties, more)}
    )
    scene.setup()
    assert list(scene.sync("r2").reasons) == ["3 of 3 records would change (limit 25%)"]
    scene.approve("r2")
    told = [set(each) - {"attributes", "id", "Id"} for each in records_sent(org)]
    assert told == [{"leadger_lead_id__c"}] * 3, "and nothing else"


def test_a_field_removed_stops_the_sync(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.remove_field("leadger_score__c")
    set_score(query, 80, ONE)
    with pytest.raises(UnusableInputError, match="no field 'leadger_score__c'"):
        scene.sync("r2")
    assert updates(org) == []


def test_a_value_the_crm_writes_its_own_way_is_no_edit(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    action = "update marts.crm_lead_status set next_action = ? where crm_contact_id = ?"
    query(action, "  spaces  ", ONE)
    scene.sync("r2")
    assert scene.sync("r3").state == "nothing"
    query(action, "call", ONE)
    scene.sync("r4")
    assert org.record(ONE)["leadger_next_action__c"] == "call"
    assert query("select count(*) from crm_sync.sync_conflicts") == [(0,)]
