"""Values of ours that HubSpot took without our hearing of it: no rep's edit, and not for ever."""

from __future__ import annotations

import time

import pytest

import orchestration.crm.hubspot_calls
from crm.hubspot.mappings import updates
from crm.hubspot.test_faults import inputs_sent, scores_sent, steps, with_lifecycle
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import StopError
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

LATER = {"id": "1", "user_id": 7, "properties": {"lifecyclestage": "customer"}}


@pytest.mark.parametrize("score", [72, 90])
def test_done_after_we_had_looked(
    scene: Scene,
    hubspot: HubSpotSimulator,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    score: int,
) -> None:
    """No answer in time, not there yet; then it is, while the mart says another thing."""
    monkeypatch.setattr(orchestration.crm.hubspot_calls, "TIMEOUT_SECONDS", (1, 1))
    set_score(query, 80)
    hubspot.arm(Kind.SLOW, path="batch/update", delay=3.0)
    scene.sync("r2")
    assert steps(query, "r2") == ["planned", "sent", "retry"]
    end = time.monotonic() + 30
    while hubspot.contact("1")["leadger_score"] != "80":
        assert time.monotonic() < end
        time.sleep(0.1)
    monkeypatch.undo()
    monkeypatch.setenv("LEADGER_HUBSPOT_TOKEN", hubspot.token)
    monkeypatch.setenv("LEADGER_HUBSPOT_URL", hubspot.url)
    set_score(query, score)
    report = scene.sync("r3")
    assert (report.counts["acknowledged"], report.conflicts) == (1, 0)
    assert hubspot.contact("1")["leadger_score"] == str(score)
    assert scene.sync("r4").state == "nothing"


@pytest.mark.parametrize("score", [72, 90])
def test_a_stage_that_did_not_move_hides_nothing_else(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, score: int
) -> None:
    scene = with_lifecycle(workspace)
    query("update marts.crm_lead_status set stage = 'sql', score = 80 where crm_contact_id = '1'")
    hubspot.arm(Kind.MEANWHILE, path="batch/update", meanwhile=[{"verb": "edit", "body": LATER}])
    scene.sync("r2")
    assert query(
        "select outcome, error_category, (properties ->> 'lifecyclestage') is not null, "
        "(properties ->> 'leadger_score') is not null from crm_sync.sync_records "
        "where run = 'r2' and outcome not in ('planned', 'sent') order by record_id"
    ) == [("acknowledged", None, False, True), ("rejected", "LIFECYCLE_NOT_MOVED", True, False)]
    set_score(query, score)
    assert scene.sync("r3").conflicts == 0
    assert hubspot.contact("1")["leadger_score"] == str(score)
    assert hubspot.contact("1")["lifecyclestage"] == "customer"


def test_what_is_there_is_acknowledged_without_the_rest_of_its_record(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """The answer is lost, nobody can be asked, and a rep edits one of the two values."""
    query(
        "update marts.crm_lead_status set score = 80, temperature = 'hot' where crm_contact_id='1'"
    )
    hubspot.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, path="batch/update", times=None)
    hubspot.arm(Kind.STATUS, status=503, path="batch/read", times=None, skip=2)
    with pytest.raises(StopError):
        scene.sync("r2")
    hubspot.disarm()
    hubspot.edit("1", leadger_temperature="cold")
    query(
        "update marts.crm_lead_status set score = 72, temperature = 'warm' where crm_contact_id='1'"
    )
    scene.sync("r3")
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert hubspot.contact("1")["leadger_temperature"] == "cold"
    set_score(query, 90)
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_score"] == "90"
    assert query("select property, found from crm_sync.sync_conflicts") == [
        ("leadger_temperature", "cold")
    ]


def test_a_refused_value_that_is_there_all_the_same_is_taken_back_with_the_mart(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.PARTIAL, partial=["1"], path="batch/update", code="VALIDATION_ERROR")
    scene.sync("r2")
    hubspot.write_as("1", "INTEGRATION", "2222222", leadger_score="80")
    set_score(query, 72)
    scene.sync("r3")
    assert hubspot.contact("1")["leadger_score"] == "72"


@pytest.mark.parametrize(("app", "kept"), [("2222222", "90"), ("3333333", "81")])
def test_the_history_says_whose_app_it_was(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, app: str, kept: str
) -> None:
    """A value the ledger knows nothing of, set by who set what we told: us. Or another app."""
    hubspot.write_as("1", "INTEGRATION", app, leadger_score="81")
    set_score(query, 90)
    scene.sync("r2")
    assert hubspot.contact("1")["leadger_score"] == kept


@pytest.mark.parametrize("policy", ["rep_wins", "warehouse_wins"])
def test_a_stage_emptied_before_it_was_cut_short_is_no_edit(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, policy: str
) -> None:
    scene = with_lifecycle(workspace, policy)
    query("update marts.crm_lead_status set stage = 'nurturing' where crm_contact_id = '1'")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None, skip=1)
    with pytest.raises(StopError, match="503"):
        scene.sync("r2")
    assert hubspot.contact("1").get("lifecyclestage", "") == ""
    assert query(
        "select outcome, properties ->> 'lifecyclestage', before ->> 'lifecyclestage' "
        "from crm_sync.sync_records where error_category = 'CLEARED_FIRST' order by record_id"
    ) == [
        ("sent", "", "marketingqualifiedlead"),
        ("acknowledged", "", "marketingqualifiedlead"),
    ]
    hubspot.disarm()
    query("update marts.crm_lead_status set stage = 'mql' where crm_contact_id = '1'")
    scene.sync("r3")
    assert hubspot.contact("1")["lifecyclestage"] == "marketingqualifiedlead", "given back"
    query("update marts.crm_lead_status set stage = 'nurturing' where crm_contact_id = '1'")
    assert scene.sync("r4").conflicts == 0
    assert hubspot.contact("1")["lifecyclestage"] == "lead"
    assert scene.sync("r5").state == "nothing"


def test_a_stage_emptied_for_a_value_that_is_refused_is_given_back(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = with_lifecycle(workspace)
    query("update marts.crm_lead_status set stage = 'nurturing' where crm_contact_id = '1'")
    hubspot.arm(Kind.PARTIAL, path="batch/update", partial=["1"], skip=1, code="VALIDATION_ERROR")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "rejected"}
    assert hubspot.contact("1")["lifecyclestage"] == "marketingqualifiedlead"
    assert scene.sync("r3").state == "nothing", "parked"
    assert scene.release("1")
    scene.sync("r4")
    assert hubspot.contact("1")["lifecyclestage"] == "lead"


def test_a_rollback_of_a_stage_that_went_back(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = with_lifecycle(workspace)
    query("update marts.crm_lead_status set stage = 'nurturing' where crm_contact_id = '1'")
    scene.sync("r2")
    assert scene.roll_back("r2").counts["acknowledged"] == 1
    assert hubspot.contact("1")["lifecyclestage"] == "marketingqualifiedlead"
    assert scene.sync("r3").state == "nothing"


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_edit_after_an_answer_that_leaves_it_open_stays(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, status: int
) -> None:
    """Done, answered with 502, edited by a rep while we wait: not sent again."""
    set_score(query, 80)
    hubspot.arm(Kind.STATUS_AFTER_COMMIT, status=status, path="batch/update")

    def sleeping(_: float) -> None:
        hubspot.edit("1", user_id=7, leadger_score="5")

    scene.reach = lambda mapping, _: HubSpotDestination(mapping, sleeping)
    scene.sync("r2")
    assert hubspot.contact("1")["leadger_score"] == "5"
    assert scores_sent(hubspot) == ["80"]


def test_done_and_answered_with_a_failure_is_seen(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.STATUS_AFTER_COMMIT, status=502, path="batch/update")
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert len(updates(hubspot)) == 1


def test_one_that_breaks_hubspot_lets_the_others_go_and_is_parked_in_the_end(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=500, path="batch/update", ids=["2"], times=None)
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "acknowledged", "2": "retry", "3": "acknowledged"}
    scene.sync("r3")
    assert query("select * from crm_sync.parked") == []
    scene.sync("r4")
    assert query("select object_id, property, value, http_status from crm_sync.parked") == [
        ("2", "leadger_score", "80", 500)
    ]
    assert scene.sync("r5").state == "nothing"
    hubspot.disarm()
    assert scene.release("2")
    scene.sync("r6")
    assert hubspot.contact("2")["leadger_score"] == "80"


def test_an_outage_in_hubspot_parks_nobody(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=500, path="batch/update", times=None)
    for each in range(2, 6):
        assert scene.sync(f"r{each}").counts["retry"] == 3
    hubspot.disarm()
    assert scene.sync("r6").counts["acknowledged"] == 3


@pytest.mark.parametrize("how", ["left out", "failed"])
def test_not_named_is_not_gone(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, how: str
) -> None:
    """A short or failed answer is asked once more; what stays unsaid is neither sent nor parked."""
    failed = {
        "status": "COMPLETE",
        "results": [],
        "numErrors": 1,
        "errors": [
            {
                "status": "error",
                "category": "INTERNAL_ERROR",
                "message": "internal",
                "context": {"ids": ["1"]},
            }
        ],
        "startedAt": "2026-01-01T00:00:00Z",
        "completedAt": "2026-01-01T00:00:00Z",
    }

    def arm(times: int) -> None:
        if how == "left out":
            hubspot.arm(Kind.FEWER_RESULTS, path="batch/read", times=times)
        else:
            hubspot.arm(Kind.STATUS, status=207, path="batch/read", body=failed, times=times)

    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = '1'")
    arm(2)
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "retry"}
    assert inputs_sent(hubspot) == []
    arm(1)
    scene.sync("r3")
    assert outcomes(query, "r3") == {"1": "acknowledged"}
    assert hubspot.contact("1")["leadger_do_not_contact"] == "true"
