"""When Salesforce is down, slow, full or half there: nobody is parked for it, or told twice."""

from __future__ import annotations

import pytest

from crm.salesforce.org import ONE, THREE, TWO, updates
from crm.salesforce.test_faults import until
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm import salesforce_calls
from orchestration.crm.destination import StopError
from orchestration.errors import UnusableInputError
from simulators.control import SalesforceSimulator
from simulators.faults import Kind

UPDATE = {"path": "composite/sobjects", "method": "PATCH"}
READ = {"path": "composite/sobjects/Lead", "method": "POST"}


def change_leads(query: Query) -> None:
    for record in (ONE, THREE):
        set_score(query, 80, record)


def was_told(org: SalesforceSimulator) -> bool:
    return all(org.record(each)["leadger_score__c"] == 80 for each in (ONE, THREE))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_outage_parks_nobody(
    scene: Scene, org: SalesforceSimulator, query: Query, status: int
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=status, times=None, **UPDATE)
    if status == 500:  # it may be a record's fault: the next ones are tried
        assert scene.sync("r2").counts["retry"] == 2
    else:
        with pytest.raises(StopError):
            scene.sync("r2")
    assert len(scene.slept) == 5, "six tries"
    assert "rejected" not in outcomes(query, "r2").values()
    org.disarm()
    assert scene.sync("r3").counts["acknowledged"] == 2
    assert was_told(org)
    assert scene.sync("r4").state == "nothing"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_moment_of_it_is_waited_for(
    scene: Scene, org: SalesforceSimulator, query: Query, status: int
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=status, times=2, **UPDATE)
    assert scene.sync("r2").counts["acknowledged"] == 2
    assert len(updates(org)) == 3
    assert was_told(org)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_update_that_broke_after_it_was_done_is_not_sent_again(
    scene: Scene, org: SalesforceSimulator, query: Query, status: int
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS_AFTER_COMMIT, status=status, **UPDATE)
    assert scene.sync("r2").counts["acknowledged"] == 2
    assert len(updates(org)) == 1


def test_what_somebody_edited_while_an_update_broke_is_left(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    set_score(query, 80, ONE)
    edit = {"verb": "edit", "body": {"id": ONE, "values": {"leadger_score__c": 5}}}
    org.arm(Kind.STATUS, status=502, **UPDATE)
    org.arm(Kind.MEANWHILE, meanwhile=[edit], skip=2, **READ)  # planned, looked at, broken
    scene.sync("r2")
    assert len(updates(org)) == 1
    assert outcomes(query, "r2") == {ONE: "retry"}
    assert scene.sync("r3").conflicts == 1
    assert org.record(ONE)["leadger_score__c"] == 5


def test_a_record_that_breaks_salesforce_lets_the_others_go(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=500, ids=[ONE], times=None, **UPDATE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "retry", THREE: "acknowledged"}


def test_one_that_breaks_salesforce_sync_after_sync_is_parked(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=500, ids=[ONE], times=None, **UPDATE)
    scene.sync("r2")
    scene.sync("r3")
    assert query("select * from crm_sync.parked") == []
    scene.sync("r4")
    reason = "Salesforce broke on this record (500), in 3 syncs, and took others"
    assert query("select object_id, property, value, reason from crm_sync.parked") == [
        (ONE, "leadger_score__c", "80", reason)
    ]
    assert scene.sync("r5").state == "nothing"
    org.disarm()
    set_score(query, 81, ONE)
    assert scene.sync("r6").counts["acknowledged"] == 1
    assert query("select * from crm_sync.parked") == []


def test_an_outage_that_lasts_parks_nobody(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=500, times=None, **UPDATE)
    for each in range(2, 6):
        assert scene.sync(f"r{each}").counts["retry"] == 2
    org.disarm()
    assert scene.sync("r6").counts["acknowledged"] == 2


def test_an_objection_that_breaks_salesforce_is_told_by_each_sync(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = ?", ONE)
    org.arm(Kind.STATUS, status=500, ids=[ONE], times=None, **UPDATE)
    for each in range(2, 7):
        scene.sync(f"r{each}")
    org.disarm()
    scene.sync("r7")
    assert org.record(ONE)["leadger_do_not_contact__c"] is True


def test_salesforce_does_not_answer_the_plan(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.STATUS, status=503, times=None, **READ)
    with pytest.raises(StopError, match=r"does not answer \(503, 6 tries\)") as stopped:
        scene.sync("r2")
    assert stopped.value.exit_code == 1
    assert updates(org) == []


def test_too_many_at_once_is_not_too_many_today(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    said = "ConcurrentPerOrgLongTxn Limit exceeded."
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": said}]
    org.arm(Kind.STATUS, status=403, body=body, **UPDATE)
    assert scene.sync("r2").counts["acknowledged"] == 2


def test_a_refusal_is_one_call_and_a_stop(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    body = [{"errorCode": "API_DISABLED_FOR_ORG", "message": "API is not enabled"}]
    org.arm(Kind.STATUS, status=403, body=body, times=None, **UPDATE)
    with pytest.raises(StopError, match="403, API_DISABLED_FOR_ORG") as stopped:
        scene.sync("r2")
    assert len(updates(org)) == 1
    assert org.token not in str(stopped.value)
    org.disarm()
    assert scene.sync("r3").counts["acknowledged"] == 2


def test_a_record_that_spoils_its_batch_is_found_and_parked(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    body = [{"errorCode": "JSON_PARSER_ERROR", "message": "Unexpected character"}]
    org.arm(Kind.STATUS, status=400, body=body, ids=[ONE], times=None, **UPDATE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "rejected", THREE: "acknowledged"}
    assert query(
        "select reason, http_status, error_category from crm_sync.sync_records "
        "where run = 'r2' and outcome = 'rejected'"
    ) == [("Unexpected character", 400, "JSON_PARSER_ERROR")]
    assert scene.sync("r3").state == "nothing"


def test_a_field_removed_between_the_check_and_the_update_parks_nobody(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    removed = {"verb": "remove-field", "body": {"object": "Lead", "name": "leadger_score__c"}}
    org.arm(Kind.MEANWHILE, meanwhile=[removed], **UPDATE)
    with pytest.raises(UnusableInputError, match="No such column 'leadger_score__c'"):
        scene.sync("r2")
    assert "rejected" not in outcomes(query, "r2").values()


def test_an_answer_that_leaves_a_record_out_says_nothing_of_it(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.FEWER_RESULTS, **READ)
    assert scene.sync("r2").counts["acknowledged"] == 2


def test_a_record_that_is_never_named_is_not_gone(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.FEWER_RESULTS, fewer_results=2, times=None, **READ)
    with pytest.raises(StopError, match="asked about 2 records and says nothing of 2"):
        scene.sync("r2")
    assert updates(org) == []
    org.disarm()
    assert scene.sync("r3").counts["acknowledged"] == 2


def test_a_deleted_record_that_the_recycle_bin_leaves_out_is_asked_about_again(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    org.merge(THREE, ONE)
    set_score(query, 80, ONE)
    org.arm(Kind.FEWER_RESULTS, path="queryAll")
    scene.sync("r2")
    assert query("select reason from crm_sync.sync_records where run = 'r2' and reason > ''") == [
        (f"merged into {THREE} in the CRM, which speaks for both",)
    ]


def test_fewer_results_than_records_are_read_back(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    change_leads(query)
    org.arm(Kind.FEWER_RESULTS, **UPDATE)
    assert scene.sync("r2").counts["acknowledged"] == 2
    assert len(updates(org)) == 1
    assert scene.sync("r3").state == "nothing"


def test_no_call_lasts_for_ever(
    scene: Scene, org: SalesforceSimulator, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salesforce_calls, "TIMEOUT_SECONDS", (0.5, 0.5))
    set_score(query, 80, ONE)
    org.arm(Kind.SLOW, delay=1.5, **READ)
    org.arm(Kind.SLOW, delay=1.5, **UPDATE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE: "retry"}, "it was asked for before it was done"
    until(lambda: org.record(ONE)["leadger_score__c"] == 80)
    scene.sync("r3")
    assert outcomes(query, "r3") == {ONE: "acknowledged"}
    assert len(updates(org)) == 1


def test_ids_of_fifteen_characters_are_the_same_records(
    scene: Scene, org: SalesforceSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set crm_contact_id = left(crm_contact_id, 15)")
    query("update crm_sync.sync_records set object_id = left(object_id, 15)")
    set_score(query, 80, ONE[:15])
    set_score(query, 80, TWO[:15])
    org.edit(TWO, leadger_score__c=5)
    org.merge(THREE, ONE)
    scene.sync("r2")
    assert outcomes(query, "r2") == {ONE[:15]: "rejected", TWO[:15]: "skipped"}
    assert query(
        "select reason from crm_sync.sync_records where run = 'r2' and outcome = 'rejected'"
    ) == [(f"merged into {THREE[:15]} in the CRM, which speaks for both",)]
    ((record, by),) = query("select object_id, edited_by from crm_sync.sync_conflicts")
    assert record == TWO[:15]
    assert str(by).startswith("user 005")
