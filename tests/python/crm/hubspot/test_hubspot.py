"""Sync with HubSpot: each rule with the fault it guards against, on a simulator over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.hubspot.mappings import mapping_with, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.desk import Marts
from orchestration.crm.destination import StopError
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.hubspot_calls import TOKEN
from orchestration.crm.mapping import CLOSING_COLUMNS, Limits
from orchestration.erasure.crm_payloads import redact_payloads
from orchestration.errors import UnusableInputError
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

by_any_channel = pytest.mark.parametrize("column", ["do_not_contact", "do_not_phone"])


def set_closed(query: Query, column: str, contact: str, value: str = "true") -> None:
    """Say in the marts whether a contact may be reached, at all or by a channel."""
    query(f"update marts.crm_lead_status set {column} = {value} where crm_contact_id = '{contact}'")


def test_setup_makes_what_is_missing(workspace: Workspace, hubspot: HubSpotSimulator) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    with pytest.raises(UnusableInputError, match="no contact property 'leadger_stage'"):
        scene.sync("r1")
    assert len(scene.setup()) == len(scene.mapping.properties)
    assert scene.setup() == []
    assert scene.sync("r1").state == "awaiting_approval"


def test_the_first_sync_waits_and_goes_once_approved(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    report = scene.sync("r1")
    assert report.reasons == ["the first sync of this CRM: 3 records"]
    assert updates(hubspot) == []
    assert report.file is not None
    assert "leadger_stage" in report.file.read_text()
    assert scene.sync("r2").run == "r1", "the same plan still waits"
    done = scene.approve("r1")
    assert done.counts["acknowledged"] == 3
    assert hubspot.contact("3")["leadger_do_not_contact"] == "true"
    assert hubspot.contact("1")["leadger_stage"] == "mql"
    sent = updates(hubspot)
    assert sent[0]["body"]["inputs"][0]["id"] == "3", "objections first"  # type: ignore[index]
    with pytest.raises(UnusableInputError, match="nothing waits"):
        scene.approve("r1")
    assert query("select approved_by from crm_sync.sync_approvals") == [("ann",)]


def test_only_what_changed_and_nothing_twice(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    assert scene.sync("r2").state == "nothing"
    assert updates(hubspot) == []
    set_score(query, 80)
    assert scene.sync("r3").counts["acknowledged"] == 1
    assert [each["body"]["inputs"][0]["properties"] for each in updates(hubspot)] == [  # type: ignore[index]
        {"leadger_score": "80"}
    ]
    set_score(query, 72)
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert scene.sync("r5").state == "nothing"


def test_a_dry_run_only_reads(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    set_score(query, 80)
    report = scene.sync("r2", dry_run=True)
    assert (report.state, report.figures.planned if report.figures else 0) == ("dry_run", 1)
    assert {each["method"] for each in hubspot.requests() if "batch/read" not in each["path"]} <= {
        "GET"
    }
    assert query("select count(*) from crm_sync.sync_records where run = 'r2'") == [(0,)]
    assert scene.sync("r3").counts["acknowledged"] == 1


def test_an_answer_lost_after_it_was_done_is_read_back(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, path="batch/update")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "acknowledged"}
    assert len(updates(hubspot)) == 1
    assert scene.sync("r3").state == "nothing"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_refusal_is_tried_again(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, status: int
) -> None:
    set_score(query, 80)
    body = {"policyName": "TEN_SECONDLY_ROLLING"} if status == 429 else {}
    hubspot.arm(Kind.STATUS, status=status, path="batch/update", times=2, body=body)
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "acknowledged"}
    assert len(scene.slept) == 2


def test_the_daily_limit_stops_and_the_next_sync_goes_on(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.STATUS, status=429, path="batch/update", body={"policyName": "DAILY"})
    with pytest.raises(StopError, match="no more calls today"):
        scene.sync("r2")
    assert scene.slept == []
    assert query("select state from crm_sync.sync_runs where run = 'r2'") == [("failed",)]
    scene.sync("r3")
    assert hubspot.contact("1")["leadger_score"] == "80"


@pytest.mark.parametrize("status", [401, 403])
def test_no_right_is_one_call_and_a_stop(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, status: int
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.STATUS, status=status, path="batch/update", times=9)
    with pytest.raises(StopError) as stopped:
        scene.sync("r2")
    assert hubspot.token not in str(stopped.value)
    assert len(updates(hubspot)) == 1
    assert query("select count(*) from crm_sync.sync_records where run = 'r2'") == [(2,)]
    held = query("select * from crm_sync.sync_records")
    assert hubspot.token not in str(held)


def test_one_bad_record_does_not_hold_up_the_others(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.PARTIAL, partial=["2"], path="batch/update")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "acknowledged", "2": "rejected", "3": "acknowledged"}
    assert scene.sync("r3").state == "nothing", "parked until it says something else"
    assert scene.release("2")
    scene.sync("r4")
    assert outcomes(query, "r4") == {"2": "acknowledged"}


def test_a_batch_refused_whole_is_halved_until_the_bad_record_is_alone(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=409, path="batch/update")
    scene.sync("r2")
    assert set(outcomes(query, "r2").values()) == {"acknowledged"}


def test_fewer_answers_than_records_are_asked_about(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.FEWER_RESULTS, path="batch/update")
    scene.sync("r2")
    assert set(outcomes(query, "r2").values()) == {"acknowledged"}
    assert scene.sync("r3").state == "nothing"


def test_a_reps_edit_wins_and_is_listed(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.edit("1", user_id=42, leadger_score="5")
    query("update marts.crm_lead_status set score = 80, temperature = 'hot'")
    scene.sync("r2")
    assert hubspot.contact("1")["leadger_score"] == "5"
    assert hubspot.contact("1")["leadger_temperature"] == "hot"
    assert hubspot.contact("2")["leadger_score"] == "80"
    assert query(
        "select object_id, property, wanted, told, found, edited_by from crm_sync.sync_conflicts"
    ) == [("1", "leadger_score", "80", "72", "5", "CRM_UI user 42")]
    assert scene.sync("r3").state == "nothing", "said once"


@by_any_channel
def test_an_objection_is_no_matter_of_opinion(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, column: str
) -> None:
    hubspot.edit("3", 7, **{f"leadger_{column}": "false"})
    set_closed(query, column, "3", "false")
    scene.sync("r2")
    set_closed(query, column, "3")
    hubspot.edit("3", 7, **{f"leadger_{column}": ""})
    scene.sync("r3")
    assert hubspot.contact("3")[f"leadger_{column}"] == "true"


def test_a_contact_that_is_gone_is_parked_and_never_made_anew(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.archive("1")
    hubspot.gdpr_delete("2")
    for contact in "12":
        set_score(query, 80, contact)
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "rejected", "2": "rejected"}
    assert updates(hubspot) == []
    assert scene.sync("r3").state == "nothing"


@by_any_channel
def test_of_two_merged_contacts_the_survivor_speaks_but_for_objections(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, column: str
) -> None:
    hubspot.merge("2", "1")
    set_score(query, 80, "1")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "rejected"}
    assert hubspot.contact("2")["leadger_score"] == "72"
    set_closed(query, column, "1")
    scene.sync("r3")
    assert hubspot.contact("2")[f"leadger_{column}"] == "true"
    assert query(
        "select object_id, sent_to from crm_sync.sync_records where run = 'r3' limit 1"
    ) == [("1", "2")]


@pytest.mark.parametrize("policy", ["rep_wins", "warehouse_wins"])
def test_a_stage_that_goes_back_is_cleared_first(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, policy: str
) -> None:
    scene = Scene(workspace, mapping_with(policy), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    scene.approve("r1")
    assert hubspot.contact("1")["lifecyclestage"] == "marketingqualifiedlead"
    query("update marts.crm_lead_status set stage = 'nurturing' where crm_contact_id = '1'")
    scene.sync("r2")
    assert hubspot.contact("1")["lifecyclestage"] == "lead"
    assert outcomes(query, "r2") == {"1": "acknowledged"}
    assert scene.sync("r3").state == "nothing"


def test_a_value_the_crm_writes_its_own_way_is_no_edit(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set next_action = '  spaces  ' where crm_contact_id = '1'")
    scene.sync("r2")
    assert scene.sync("r3").state == "nothing"
    query("update marts.crm_lead_status set next_action = 'call' where crm_contact_id = '1'")
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_next_action"] == "call"
    assert query("select count(*) from crm_sync.sync_conflicts") == [(0,)]


def test_rollback_gives_back_what_nobody_changed_since(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    scene.sync("r2")
    hubspot.edit("2", leadger_score="5")
    scene.roll_back("r2")
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert hubspot.contact("2")["leadger_score"] == "5"
    assert scene.sync("r3").state == "nothing", "what was taken back stays so"
    set_score(query, 90, "1")
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_score"] == "90"


def test_an_objection_is_not_taken_back(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.roll_back("r1")
    for column in CLOSING_COLUMNS:
        assert hubspot.contact("3")[f"leadger_{column}"] == "true"
    assert hubspot.contact("3").get("leadger_stage", "") == ""
    assert hubspot.contact("1").get("leadger_stage", "") == ""
    assert scene.sync("r2").state == "nothing"


def test_a_plan_that_was_tampered_with_is_refused(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    query(
        'update crm_sync.sync_records set properties = \'{"leadger_score":"1"}\' '
        "where object_id = '1'"
    )
    with pytest.raises(UnusableInputError, match="digest differs"):
        scene.approve("r1")
    assert updates(hubspot) == []


def test_what_the_marts_say_otherwise_by_now_is_not_sent(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = '1'")
    scene.approve("r1")
    assert outcomes(query, "r1")["1"] == "superseded"
    scene.sync("r2")
    assert hubspot.contact("1")["leadger_do_not_contact"] == "true"


def test_the_breaker(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    scene.mapping = mapping_with(limits=Limits(always_allowed=0))
    query("update marts.crm_lead_status set stage = 'lead' where stage = 'mql'")
    report = scene.sync("r2", marts=Marts(hours_old=30, failed_checks=["unique_leads"]))
    assert report.state == "awaiting_approval"
    assert list(report.reasons) == [
        "check not passed: unique_leads",
        "the marts are 30 hours old (limit 26)",
        "2 of 3 records would change (limit 25%)",
        "2 of 3 records would move back to an earlier stage (limit 5%)",
    ]
    query("delete from marts.crm_lead_status")
    assert scene.sync("r3").state == "nothing", "an empty mart says nothing"
    assert updates(hubspot) == []


def test_a_property_removed_in_the_crm_stops_the_sync(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.remove_property("leadger_score")
    set_score(query, 80)
    with pytest.raises(UnusableInputError, match="leadger_score"):
        scene.sync("r2")
    assert updates(hubspot) == []


def test_without_a_token_nothing_begins(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(UnusableInputError, match=TOKEN):
        HubSpotDestination(mapping_with())


def test_what_was_told_of_an_erased_person_is_taken_back(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.edit("2", leadger_engagement_history="what a rep wrote")
    query("update marts.crm_lead_status set engagement_history = 'more' where lead_id = 'p1'")
    scene.sync("r2")
    with open_warehouse(scene.workspace.warehouse) as connection:
        connection.temp_rows("people_contacts", {"contact_id": "varchar"}, [("1",), ("2",)])
        redact_payloads(connection)
    kept = query("select * from crm_sync.sync_records where object_id in ('1', '2')")
    kept += query("select * from crm_sync.sync_conflicts")
    assert "white paper" not in str(kept)
    assert "a rep wrote" not in str(kept)
    query("update marts.crm_lead_status set engagement_history = null where lead_id = 'p1'")
    scene.sync("r3")
    assert hubspot.contact("1").get("leadger_engagement_history", "") == ""
