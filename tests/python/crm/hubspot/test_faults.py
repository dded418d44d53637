"""What can go wrong between us and HubSpot, each done to it on purpose.

After each: nothing is lost, nothing is said twice, HubSpot holds what it should, and the ledger
says what happened.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crm.hubspot.mappings import mapping_with, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import Change, Crm, Outcome, StopError
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.mapping import Limits, Property
from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind


def steps(query: Query, run: str, contact: str = "1") -> list[str]:
    """What the ledger says of a record in a run, step by step."""
    found = query(
        "select outcome from crm_sync.sync_records where run = ? and object_id = ? "
        "order by record_id",
        run,
        contact,
    )
    return [str(outcome) for (outcome,) in found]


def inputs_sent(hubspot: HubSpotSimulator) -> list[dict[str, Any]]:
    """Every record of every update, in order."""
    bodies: list[Any] = [request["body"] for request in updates(hubspot)]
    return [each for body in bodies for each in body["inputs"]]


def scores_sent(hubspot: HubSpotSimulator) -> list[str]:
    """Every score that was sent, in order."""
    return [each["properties"]["leadger_score"] for each in inputs_sent(hubspot)]


def with_lifecycle(workspace: Workspace, policy: str = "warehouse_wins") -> Scene:
    """Everything told once, HubSpot's own stage too."""
    scene = Scene(workspace, mapping_with(policy), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    scene.approve("r1")
    return scene


def test_half_an_answer_is_no_answer(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.MALFORMED, path="batch/update")
    scene.sync("r2")
    assert steps(query, "r2") == ["planned", "sent", "acknowledged"]
    assert scores_sent(hubspot) == ["80"]
    assert scene.sync("r3").state == "nothing"


def test_half_an_answer_to_a_question_is_asked_again(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.MALFORMED, path="batch/read")
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_what_could_not_be_sent_is_sent_by_the_next_sync(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None)
    with pytest.raises(StopError, match="503"):
        scene.sync("r2")
    assert steps(query, "r2") == ["planned", "sent"]
    hubspot.disarm()
    report = scene.sync("r3")
    assert report.settled == 1
    assert steps(query, "r2") == ["planned", "sent", "retry"]
    assert steps(query, "r3") == ["planned", "sent", "acknowledged"]
    assert query("select attempt from crm_sync.sync_records where run = 'r3' limit 1") == [(2,)]


def test_a_late_retry_never_overwrites_a_newer_intent(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    hubspot.arm(Kind.DROP_BEFORE_COMMIT, path="batch/update", times=None)
    hubspot.arm(Kind.STATUS, status=503, path="batch/read", times=None, skip=2)
    with pytest.raises(StopError):
        scene.sync("r2")
    hubspot.disarm()
    hubspot.forget_requests()
    set_score(query, 90)
    scene.sync("r3")
    assert scores_sent(hubspot) == ["90"]
    assert hubspot.contact("1")["leadger_score"] == "90"


def test_there_and_back_again_while_nobody_answered(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """80 arrived without our knowing; the mart says 72 again, as we last heard acknowledged."""
    set_score(query, 80)
    hubspot.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, path="batch/update", times=None)
    hubspot.arm(Kind.STATUS, status=503, path="batch/read", times=None, skip=2)
    with pytest.raises(StopError):
        scene.sync("r2")
    hubspot.disarm()
    assert hubspot.contact("1")["leadger_score"] == "80"
    set_score(query, 72)
    scene.sync("r3")
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert scene.sync("r4").state == "nothing"


def test_too_fast_for_the_account_waits_as_long_as_it_takes(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """Another use of the app has just taken all requests of these ten seconds."""
    hubspot.configure(requests_per_ten_seconds=6)
    for _ in range(6):
        hubspot.ask("GET", "/crm/v3/properties/contacts")
    scene.reach = lambda mapping, _: HubSpotDestination(mapping)
    set_score(query, 80)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert {each["status"] for each in hubspot.requests()} == {200, 429}
    assert scores_sent(hubspot) == ["80"]


def test_it_waits_as_long_as_it_is_told(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.configure(sends_retry_after=True)
    hubspot.arm(Kind.STATUS, status=429, path="batch/update", headers={"Retry-After": "7"})
    set_score(query, 80)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert 7.0 in scene.slept


def test_the_account_says_how_fast(scene: Scene, hubspot: HubSpotSimulator) -> None:
    hubspot.configure(requests_per_ten_seconds=100)
    crm = HubSpotDestination(scene.mapping)
    assert crm.missing(scene.mapping) == []
    assert (scene.mapping.requests_per_10_seconds, crm.pace.requests) == (190, 100)


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("is_third", [True, False])
def test_merged_while_it_was_on_its_way(
    scene: Scene, hubspot: HubSpotSimulator, query: Query, skips: bool, is_third: bool
) -> None:
    """Nobody is made, the survivor holds what its own row says, the ledger how it came to that."""
    hubspot.configure(updates_skip_merged=skips, merge_makes_new_record=is_third)
    set_score(query, 80, "1")
    merge_on_the_way(hubspot)
    scene.sync("r2")
    assert len(updates(hubspot)) == 1
    survivor = hubspot.survivor("1")
    assert (survivor == "2") is not is_third
    if is_third:  # the warehouse learns of it
        query(
            "update marts.crm_lead_status set crm_contact_id = ? where crm_contact_id = '2'",
            survivor,
        )
    told = {} if skips else {survivor: "acknowledged"}
    assert outcomes(query, "r2") == {**told, "1": "retry"}
    scene.sync("r3")
    assert outcomes(query, "r3")["1"] == "rejected"
    assert hubspot.contact(survivor)["leadger_score"] == "72"
    assert scene.sync("r4").state == "nothing"
    made = [path for path in ("create", "upsert") if hubspot.requests(f"batch/{path}")]
    assert made == [], "nobody is made"


def test_an_objection_merged_while_it_was_on_its_way_stays(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    query(
        "update marts.crm_lead_status set do_not_contact = true, score = 80 "
        "where crm_contact_id = '1'"
    )
    merge_on_the_way(hubspot)
    for run in ("r2", "r3"):
        scene.sync(run)
    held = hubspot.contact("2")
    assert (held["leadger_do_not_contact"], held["leadger_score"]) == ("true", "72")
    assert scene.sync("r4").state == "nothing"


def test_asked_about_after_a_merge(scene: Scene, hubspot: HubSpotSimulator) -> None:
    """What a run that was cut short had told a record that is another one by now."""
    hubspot.edit("2", leadger_score="80")
    hubspot.merge("2", "1")
    sent = [
        Change(1, "1", "lead-1", None, {"leadger_score": "80"}, {}),
        Change(2, "1", "lead-1", None, {"leadger_score": "81"}, {}),
        Change(3, "1", "lead-1", None, {"leadger_score": "80"}, {}, sent_to="2"),
    ]
    answers = HubSpotDestination(scene.mapping).settle("r2", sent)
    assert [(each.outcome, each.taken_by) for each in answers] == [
        (Outcome.RETRY, "2"),
        (Outcome.RETRY, None),
        (Outcome.ACKNOWLEDGED, None),
    ]


def merge_on_the_way(hubspot: HubSpotSimulator) -> None:
    """Somebody merges contact 1 into contact 2 just before an update arrives."""
    hubspot.arm(
        Kind.MEANWHILE,
        path="batch/update",
        meanwhile=[{"verb": "merge", "body": {"primary": "2", "other": "1"}}],
    )


def test_a_wrong_value_may_fail_alone(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.configure(updates_are_partial=True)
    for contact in "12":
        set_score(query, 80, contact)
    hubspot.arm(Kind.PARTIAL, path="batch/update", partial=["1"], code="INVALID_INTEGER")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "rejected", "2": "acknowledged"}
    assert scene.sync("r3").state == "nothing", "parked until it says something else"


def test_an_account_that_lets_stages_go_back(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.configure(lifecycle_may_go_back=True)
    scene = with_lifecycle(workspace)
    query("update marts.crm_lead_status set stage = 'lead' where crm_contact_id = '1'")
    scene.sync("r2")
    assert hubspot.contact("1")["lifecyclestage"] == "lead"


def test_a_stage_that_did_not_move_is_not_believed(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    """Somebody sets a later stage just before ours arrives: HubSpot says 200 and moves nothing."""
    scene = with_lifecycle(workspace)
    query("update marts.crm_lead_status set stage = 'sql' where crm_contact_id = '1'")
    later = {"id": "1", "user_id": 7, "properties": {"lifecyclestage": "customer"}}
    hubspot.arm(Kind.MEANWHILE, path="batch/update", meanwhile=[{"verb": "edit", "body": later}])
    scene.sync("r2")
    assert hubspot.contact("1")["lifecyclestage"] == "customer"
    assert query(
        "select outcome, error_category, reason from crm_sync.sync_records "
        "where run = 'r2' order by record_id desc limit 1"
    ) == [("rejected", "LIFECYCLE_NOT_MOVED", "HubSpot left lifecyclestage at 'customer'")]
    assert scene.sync("r3").state == "nothing"


def test_an_option_removed_stops_the_sync(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = with_lifecycle(workspace)
    hubspot.remove_option("lifecyclestage", "opportunity")
    hubspot.forget_requests()
    set_score(query, 80)
    with pytest.raises(UnusableInputError, match=r"lifecyclestage.*no option opportunity"):
        scene.sync("r2")
    assert updates(hubspot) == []


def test_a_due_date_over_a_change_of_the_clocks(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """2:30 in Paris comes twice on 25 October 2026: two instants, an hour apart."""
    query("update marts.crm_lead_status set sla_due_at = '2026-10-25 00:30' where score = 72")
    query("update marts.crm_lead_status set sla_due_at = '2026-10-25 01:30' where score = 0")
    scene.sync("r2")
    held = [_instant(hubspot.contact(each)["leadger_sla_due_at"]) for each in "13"]
    assert held == [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)]
    assert scene.sync("r3").state == "nothing"
    query("update marts.crm_lead_status set sla_due_at = '2026-10-25 01:30' where score = 72")
    scene.sync("r4")
    assert _instant(hubspot.contact("1")["leadger_sla_due_at"]) == held[1]
    assert query("select count(*) from crm_sync.sync_conflicts") == [(0,)]


def _instant(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC).replace(tzinfo=None)
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def test_another_mapping_tells_what_is_new_and_waits_for_somebody(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    more = Property(column="lead_id", property="leadger_lead_id", type="string")
    scene.mapping = scene.mapping.model_copy(
        update={"properties": (*scene.mapping.properties, more), "limits": Limits(always_allowed=0)}
    )
    scene.setup()
    report = scene.sync("r2")
    assert list(report.reasons) == ["3 of 3 records would change (limit 25%)"]
    scene.approve("r2")
    told = [list(each["properties"]) for each in inputs_sent(hubspot)]
    assert told == [["leadger_lead_id"]] * 3, "and nothing else"


def test_two_leads_on_one_contact_stop_the_sync(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    query("update marts.crm_lead_status set crm_contact_id = '2' where crm_contact_id = '3'")
    with pytest.raises(UnusableInputError, match=r"2.*p1.*p2|2.*p2.*p1"):
        scene.sync("r2")
    assert updates(hubspot) == []


def test_a_changed_address_is_nobody_else(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.edit("1", email="other@example.com")
    set_score(query, 80)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert hubspot.contact("1")["email"] == "other@example.com"
    assert hubspot.requests("batch/create") + hubspot.requests("batch/upsert") == []


def test_a_mart_that_lost_records_waits_for_somebody(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = mapping_with()
    scene.mapping = scene.mapping.model_copy(update={"limits": Limits()})
    query("delete from marts.crm_lead_status where crm_contact_id = '3'")
    set_score(query, 80)
    report = scene.sync("r2")
    assert list(report.reasons) == [
        "the mart has 2 records, 3 at the sync before (limit: 10% fewer)"
    ]
    assert updates(hubspot) == []


def test_a_value_that_goes_is_cleared_and_one_we_never_filled_is_left(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.edit("1", leadger_sla_due_at="2026-02-01T09:00:00Z")
    query("update marts.crm_lead_status set next_action = null where crm_contact_id = '1'")
    scene.sync("r2")
    contact = hubspot.contact("1")
    assert contact.get("leadger_next_action", "") == ""
    assert contact["leadger_sla_due_at"], "the rep's own"


def test_the_rest_of_an_approved_plan_needs_no_second_approval(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    mapping = mapping_with().model_copy(update={"canary": 1})
    scene = Scene(workspace, mapping, HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None, skip=1)
    with pytest.raises(StopError, match="503"):
        scene.approve("r1")
    hubspot.disarm()
    hubspot.forget_requests()
    report = scene.sync("r2")
    assert report.state == "done"
    assert report.figures is not None
    assert report.figures.rest_of == "r1"
    sent = {each["id"]: each["properties"] for each in inputs_sent(hubspot)}
    assert sorted(sent) == ["1", "2", "3"]
    assert "leadger_do_not_contact" not in sent["3"], "it was acknowledged before, first of all"
    assert scene.sync("r3").state == "nothing"


def test_what_was_not_approved_is_not_the_rest_of_it(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(limits=Limits(always_allowed=0)), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None)
    with pytest.raises(StopError, match="503"):
        scene.approve("r1")
    hubspot.disarm()
    set_score(query, 99)
    report = scene.sync("r2")
    assert report.state == "awaiting_approval"


def test_many_calls_at_once_lose_nobody(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    """More waves than one, some calls failing in each way at once."""
    query(
        "insert into marts.crm_lead_status (crm_contact_id, lead_id, last_change_id, stage, "
        "temperature, score, boxes_ticked, is_call_recommended, do_not_contact, stage_since) "
        "select cast(1000 + n as varchar), 'p1', 'change-p1', 'mql', 'warm', n, 1, false, false, "
        "timestamp '2026-01-02 10:00:00' from generate_series(0, 449) as numbers (n)"
    )
    hubspot.seed({str(1000 + n): {"email": f"many{n}@example.com"} for n in range(450)})

    def narrow(mapping: object, sleep: object) -> Crm:
        crm = HubSpotDestination(scene.mapping, scene.slept.append)
        crm.batch_size, crm.calls_at_once = 20, 4
        return crm

    scene = Scene(workspace, mapping_with(), narrow)
    scene.setup()
    scene.sync("r1")
    poisoned = {"ids": ("1100",), "partial": ("1100",), "times": None}
    hubspot.arm(Kind.PARTIAL, path="batch/update", **poisoned)
    hubspot.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, path="batch/update", skip=3)
    hubspot.arm(Kind.FEWER_RESULTS, path="batch/update", skip=5, fewer_results=4)
    hubspot.arm(Kind.STATUS, status=502, path="batch/update", skip=7)
    report = scene.approve("r1")
    assert (report.counts["acknowledged"], report.counts["rejected"]) == (452, 1)
    assert scene.sync("r2").state == "nothing"
    held = {n: hubspot.contact(str(1000 + n))["leadger_score"] for n in range(0, 450, 7)}
    assert held == {n: str(n) for n in held}
