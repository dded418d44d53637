"""What keeps a sync from doing harm: canary, limits, digests, pace, policies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crm.hubspot.mappings import mapping_with, updates
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import Crm, StopError
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.mapping import Limits
from orchestration.crm.pace import retry_after
from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

MORE = """
insert into marts.crm_lead_status (crm_contact_id, lead_id, last_change_id, stage, temperature,
    score, boxes_ticked, is_call_recommended, do_not_contact, stage_since)
select cast(1000 + n as varchar), 'q' || n, 'c', 'mql', 'warm', n, 1, false, false,
    timestamp '2026-01-02 10:00:00'
from generate_series(0, {last}) as numbers (n)
"""


def add_people(query: Query, hubspot: HubSpotSimulator, count: int) -> None:
    query(MORE.format(last=count - 1))
    hubspot.seed({str(1000 + n): {"email": f"m{n}@example.com"} for n in range(count)})


def test_a_canary_that_is_not_held_keeps_the_next_sync_too(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = scene.mapping.model_copy(update={"canary": 1})
    for contact in "123":
        set_score(query, 80, contact)
    edit = {"id": "1", "user_id": 7, "properties": {"leadger_score": "5"}}
    hubspot.arm(
        Kind.MEANWHILE, path="batch/read", skip=2, meanwhile=[{"verb": "edit", "body": edit}]
    )
    with pytest.raises(StopError, match="does not hold it"):
        scene.sync("r2")
    assert outcomes(query, "r2")["1"] == "unknown"
    report = scene.sync("r3")
    assert report.state == "awaiting_approval"
    assert report.reasons == ["the first records of sync r2 were not taken as sent"]
    assert len(updates(hubspot)) == 1
    scene.approve("r3")
    assert hubspot.contact("2")["leadger_score"] == "80"
    assert hubspot.contact("1")["leadger_score"] == "5", "what is there by now is a rep's"
    set_score(query, 81, "2")
    assert scene.sync("r4").state == "done"


def test_first_records_that_are_all_refused_are_not_parked(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "123":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=400, path="batch/update", times=None)
    with pytest.raises(StopError, match="refused all of the first records"):
        scene.sync("r2")
    hubspot.disarm()
    assert outcomes(query, "r2") == dict.fromkeys("123", "retry")
    assert query("select * from crm_sync.parked") == []
    assert scene.sync("r3").state == "awaiting_approval"
    assert scene.approve("r3").counts["acknowledged"] == 3


def test_refused_again_once_somebody_looked_they_are_parked(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=400, path="batch/update", times=None)
    with pytest.raises(StopError):
        scene.sync("r2")
    scene.sync("r3")
    scene.approve("r3")
    assert outcomes(query, "r3") == dict.fromkeys("12", "rejected")
    assert scene.sync("r4").state == "nothing"


def test_many_records_never_told_anything_are_looked_at(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = mapping_with(limits=Limits())
    add_people(query, hubspot, 46)
    report = scene.sync("r2")
    assert report.reasons == ["46 of 49 records were never told anything (limit 10%)"]
    assert updates(hubspot) == []


def test_a_few_new_ones_are_not(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    scene.mapping = mapping_with(limits=Limits())
    add_people(query, hubspot, 3)
    assert scene.sync("r2").state == "done"


def test_a_property_emptied_everywhere_is_looked_at(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = mapping_with(limits=Limits())
    query("update marts.crm_lead_status set next_action = null")
    report = scene.sync("r2")
    assert report.reasons == ["leadger_next_action would be emptied in 3 of 3 records"]


def test_many_who_may_be_reached_again_are_looked_at(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    add_people(query, hubspot, 49)
    query("update marts.crm_lead_status set do_not_contact = true, do_not_email = true")
    scene.sync("r2")
    scene.mapping = mapping_with(limits=Limits())
    query("update marts.crm_lead_status set do_not_email = false where score < 12")
    report = scene.sync("r3")
    assert report.reasons == [
        "leadger_do_not_email would be lifted in 13 of 52 records (limit 10%)"
    ]
    assert hubspot.contact("1005")["leadger_do_not_email"] == "true"
    query("update marts.crm_lead_status set do_not_post = true where crm_contact_id = '1'")
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_do_not_post"] == "true", "an objection waits for nobody"
    assert hubspot.contact("1005")["leadger_do_not_email"] == "true"
    scene.approve("r4")
    assert hubspot.contact("1005")["leadger_do_not_email"] == "false"


def test_a_few_of_them_are_not(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    add_people(query, hubspot, 49)
    query("update marts.crm_lead_status set do_not_email = true")
    scene.sync("r2")
    scene.mapping = mapping_with(limits=Limits())
    query("update marts.crm_lead_status set do_not_email = false where score < 9")
    assert scene.sync("r3").state == "done"
    assert hubspot.contact("1005")["leadger_do_not_email"] == "false"


def test_a_later_plan_takes_the_place_of_one_that_waits(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    set_score(query, 99)
    assert scene.sync("r2").state == "awaiting_approval"
    assert query("select run, state from crm_sync.sync_runs order by run") == [
        ("r1", "superseded"),
        ("r2", "awaiting_approval"),
    ]
    with pytest.raises(UnusableInputError, match="nothing waits"):
        scene.approve("r1")
    scene.approve("r2")
    assert hubspot.contact("1")["leadger_score"] == "99"


@pytest.mark.parametrize("column", ["lead_id", "change_id", "sent_to"])
def test_a_plan_altered_in_any_of_its_words_is_refused(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, column: str
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    query(f"update crm_sync.sync_records set {column} = 'x' where object_id = '1'")
    with pytest.raises(UnusableInputError, match="digest differs"):
        scene.approve("r1")
    assert updates(hubspot) == []


def test_a_plan_made_by_another_mapping_is_refused(
    workspace: Workspace, hubspot: HubSpotSimulator
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    scene.mapping = mapping_with(leadger_score="warehouse_wins")
    with pytest.raises(UnusableInputError, match="mapping of hubspot is not the one"):
        scene.approve("r1")
    assert updates(hubspot) == []


def test_fill_empty_writes_only_where_nothing_is(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = mapping_with(leadger_score="fill_empty")
    hubspot.edit("2", leadger_score="")
    for contact in "12":
        set_score(query, 80, contact)
    scene.sync("r2")
    assert hubspot.contact("1")["leadger_score"] == "72", "even our own stays"
    assert hubspot.contact("2")["leadger_score"] == "80"
    assert scene.sync("r3").state == "nothing"


def test_warehouse_wins_overwrites_an_edit(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene.mapping = mapping_with(leadger_score="warehouse_wins")
    hubspot.edit("1", leadger_score="5")
    set_score(query, 80)
    assert scene.sync("r2").conflicts == 0
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_a_text_longer_than_hubspot_takes_is_cut(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    query(
        "update marts.crm_lead_status set engagement_history = repeat('é', 70000) "
        "where crm_contact_id = '1'"
    )
    assert scene.sync("r2").counts["acknowledged"] == 1
    held = hubspot.contact("1")["leadger_engagement_history"]
    assert held == "é" * 65_535 + "…"
    assert scene.sync("r3").state == "nothing"


def test_stages_are_read_back_a_batch_at_a_time(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    add_people(query, hubspot, 100)
    scene = Scene(workspace, mapping_with("warehouse_wins"), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    hubspot.forget_requests()
    scene.approve("r1")
    assert len(hubspot.requests("batch/read")) < 12


@pytest.mark.parametrize("why", ["401", "DAILY"])
def test_no_call_begins_once_hubspot_takes_nothing_more(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query, why: str
) -> None:
    add_people(query, hubspot, 300)

    def narrow(mapping: object, sleep: object) -> Crm:
        crm = HubSpotDestination(scene.mapping, scene.slept.append)
        crm.batch_size, crm.calls_at_once = 10, 2
        return crm

    scene = Scene(workspace, mapping_with(), narrow)
    scene.setup()
    scene.sync("r1")
    hubspot.forget_requests()
    status, body = (401, None) if why == "401" else (429, {"policyName": "DAILY"})
    hubspot.arm(Kind.STATUS, status=status, path="", skip=9, times=None, body=body)
    with pytest.raises(StopError):
        scene.approve("r1")
    refused = [each for each in hubspot.requests() if each["status"] == status]
    assert 1 <= len(refused) <= 2, "at most the calls that were under way"


def test_a_date_to_wait_until(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    set_score(query, 80)
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", headers={"Retry-After": until})
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert any(20 < seconds <= 40 for seconds in scene.slept)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("-1", 0.0),
        ("nan", None),
        ("soon", None),
        ("100000", 300.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_what_retry_after_says(said: str | None, seconds: float | None) -> None:
    assert retry_after(said) == seconds


def test_a_limit_used_up_by_another_app_is_outlasted(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    body = {"policyName": "TEN_SECONDLY_ROLLING"}
    hubspot.arm(Kind.STATUS, status=429, path="batch/update", times=5, body=body)
    assert scene.sync("r2").counts["acknowledged"] == 1
    assert 20 <= sum(scene.slept) < 60


def test_a_first_backfill_of_fifty_thousand(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    """Nobody is lost, nobody told twice; at a limit that lets the test end."""
    many = 50_000
    hubspot.configure(requests_per_ten_seconds=1_000_000, logs_bodies=False)
    query(MORE.format(last=many - 1))
    for first in range(0, many, 2_000):
        hubspot.seed(
            {str(1000 + n): {"email": f"m{n}@example.com"} for n in range(first, first + 2_000)}
        )
    mapping = mapping_with().model_copy(update={"requests_per_10_seconds": 1_000_000})
    scene = Scene(workspace, mapping, HubSpotDestination)
    scene.setup()
    assert scene.sync("r1").reasons == ["the first sync of this CRM: 50,003 records"]
    assert updates(hubspot) == []
    assert scene.approve("r1").counts["acknowledged"] == 50_003
    assert scene.sync("r2").state == "nothing"
    assert len(updates(hubspot)) == 502, "a hundred at once, but for an objection and the canary"
    told = query(
        "select count(*), count(distinct object_id || cast(properties as varchar)), "
        "count(distinct object_id) from crm_sync.sync_records where outcome = 'acknowledged'"
    )
    assert told == [(50_004, 50_004, 50_003)], "once each, and the objection by itself"
    assert scores_held(hubspot, range(many)) == {n: str(n) for n in range(many)}


def scores_held(hubspot: HubSpotSimulator, numbers: range) -> dict[int, str]:
    """What HubSpot holds, asked without the client."""
    found: dict[int, str] = {}
    for first in range(0, len(numbers), 100):
        wanted = {
            "properties": ["leadger_score"],
            "propertiesWithHistory": [],
            "inputs": [{"id": str(1000 + n)} for n in numbers[first : first + 100]],
        }
        _, answer = hubspot.ask("POST", "/crm/v3/objects/contacts/batch/read", wanted)
        for each in answer["results"]:
            found[int(each["id"]) - 1000] = each["properties"]["leadger_score"]
    return found
