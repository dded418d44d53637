"""That somebody objected is told first, by itself, and whatever else is wrong."""

from __future__ import annotations

import pytest

from crm.hubspot.mappings import mapping_with
from crm.hubspot.test_faults import inputs_sent
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.desk import Marts
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind


@pytest.fixture
def planned(workspace: Workspace, hubspot: HubSpotSimulator) -> Scene:
    """A first sync that waits."""
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    return scene


def object_now(query: Query, contact: str = "1") -> None:
    query(
        "update marts.crm_lead_status set do_not_contact = true where crm_contact_id = ?", contact
    )


def is_told(hubspot: HubSpotSimulator, contact: str = "1") -> bool:
    return hubspot.contact(contact).get("leadger_do_not_contact") == "true"


def test_an_edit_since_the_plan_holds_up_nothing_but_its_property(
    planned: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    hubspot.edit("3", leadger_score="5")
    planned.approve("r1")
    assert is_told(hubspot, "3")
    assert hubspot.contact("3")["leadger_stage"] == "opted_out"
    assert hubspot.contact("3")["leadger_score"] == "5"
    assert query("select run, object_id, property, wanted, found from crm_sync.sync_conflicts") == [
        ("r1", "3", "leadger_score", "0", "5")
    ]
    assert planned.sync("r2").state == "nothing"


def test_a_bad_property_of_its_record_does_not_park_it(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    object_now(query)
    set_score(query, 80)
    hubspot.define_property("leadger_score", "bool", "booleancheckbox")
    scene.reach = lambda mapping, sleep: _Unchecked(mapping, sleep)
    scene.sync("r2")
    first = inputs_sent(hubspot)[0]
    assert first["properties"] == {"leadger_do_not_contact": "true"}
    assert is_told(hubspot)
    assert outcomes(query, "r2") == {"1": "rejected"}


class _Unchecked(HubSpotDestination):
    """The schema changed after it was checked."""

    def check(self, mapping: object) -> list[str]:
        return []


def test_refused_itself_it_is_told_again(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    object_now(query)
    hubspot.arm(Kind.PARTIAL, path="batch/update", partial=["1"], code="VALIDATION_ERROR")
    scene.sync("r2")
    assert outcomes(query, "r2") == {"1": "retry"}
    scene.sync("r3")
    assert is_told(hubspot)


def test_one_that_was_made_in_the_crm_is_not_lifted(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(), HubSpotDestination)
    scene.setup()
    hubspot.edit("1", user_id=7, leadger_do_not_contact="true")
    scene.sync("r1")
    scene.approve("r1")
    assert is_told(hubspot)
    assert query("select object_id, property, found, edited_by from crm_sync.sync_conflicts") == [
        ("1", "leadger_do_not_contact", "true", "CRM_UI user 7")
    ]
    assert scene.sync("r2").state == "nothing", "said once"


def test_our_own_is_lifted(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    query("update marts.crm_lead_status set do_not_contact = false where crm_contact_id = '3'")
    scene.sync("r2")
    assert not is_told(hubspot, "3")


def test_a_plan_that_is_held_does_not_hold_it(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    object_now(query)
    set_score(query, 80)
    report = scene.sync("r2", marts=Marts(hours_old=30))
    assert report.state == "awaiting_approval"
    assert is_told(hubspot)
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert query("select state, planned, held from crm_sync.sync_runs where run = 'r2'") == [
        ("awaiting_approval", 1, 1)
    ]
    assert scene.sync("r3", marts=Marts(hours_old=30)).run == "r2", "the rest still waits"
    scene.approve("r2")
    assert hubspot.contact("1")["leadger_score"] == "80"
    assert outcomes(query, "r2") == {"1": "acknowledged"}


def test_nothing_but_objections_is_not_held(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    object_now(query)
    assert scene.sync("r2", marts=Marts(hours_old=30)).state == "done"
    assert is_told(hubspot)


def test_before_the_first_sync_somebody_looks_at_them_too(
    planned: Scene, hubspot: HubSpotSimulator
) -> None:
    assert not is_told(hubspot, "3")


def test_merged_between_plan_and_approval(
    planned: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """The survivor is told of the objection now, and of nothing else that was the other's."""
    query("update marts.crm_lead_status set score = 10 where crm_contact_id = '2'")
    hubspot.merge("2", "3")
    planned.approve("r1")
    assert is_told(hubspot, "2")
    assert hubspot.contact("2").get("leadger_score") is None
    planned.sync("r2")
    assert hubspot.contact("2")["leadger_score"] == "10"
    assert hubspot.contact("2")["leadger_stage"] == "mql"
    assert is_told(hubspot, "2")
    assert planned.sync("r3").state == "nothing"
