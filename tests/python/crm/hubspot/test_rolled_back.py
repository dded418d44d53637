"""What was taken back stays so, however the rollback ended, until the marts say something else."""

from __future__ import annotations

import pytest

from crm.hubspot.mappings import mapping_with
from crm.scenes import Query, Scene, set_score
from orchestration.crm.destination import StopError
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind


def without_score(scene: Scene) -> None:
    """The mapping tells the score no longer."""
    kept = [each for each in scene.mapping.properties if each.property != "leadger_score"]
    scene.mapping = scene.mapping.model_copy(update={"properties": tuple(kept)})


def test_another_acknowledgement_does_not_undo_it(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    scene.sync("r2")
    scene.roll_back("r2")
    query("update marts.crm_lead_status set temperature = 'hot' where crm_contact_id = '1'")
    scene.sync("r3")
    assert scene.sync("r4").state == "nothing"
    assert hubspot.contact("1")["leadger_score"] == "72"
    assert hubspot.contact("1")["leadger_temperature"] == "hot"
    assert query("select property, value, error_category from crm_sync.parked") == [
        ("leadger_score", "80", "ROLLED_BACK")
    ]


def test_it_ends_as_soon_as_the_marts_say_something_else(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    """Even the value from before: then 80 is news again."""
    set_score(query, 80)
    scene.sync("r2")
    scene.roll_back("r2")
    set_score(query, 72)
    scene.sync("r3")
    assert query("select * from crm_sync.parked") == []
    set_score(query, 80)
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_it_ends_as_soon_as_somebody_releases_it(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    scene.sync("r2")
    scene.roll_back("r2")
    query("update marts.crm_lead_status set temperature = 'hot' where crm_contact_id = '1'")
    scene.sync("r3")
    assert scene.release("1")
    assert not scene.release("1")
    scene.sync("r4")
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_cut_short_it_is_not_undone_by_the_next_sync(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    scene.sync("r2")
    scene.mapping = scene.mapping.model_copy(update={"canary": 1})
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None, skip=1)
    with pytest.raises(StopError, match="503"):
        scene.roll_back("r2")
    hubspot.disarm()
    held = [hubspot.contact(each)["leadger_score"] for each in "12"]
    assert held == ["72", "80"]
    assert scene.sync("r3").state == "nothing"
    assert [hubspot.contact(each)["leadger_score"] for each in "12"] == held
    assert scene.roll_back("r2").counts["acknowledged"] == 1
    assert [hubspot.contact(each)["leadger_score"] for each in "12"] == ["72", "72"]
    assert scene.sync("r4").state == "nothing"


def test_it_comes_late_and_stays_so(scene: Scene, hubspot: HubSpotSimulator, query: Query) -> None:
    """The way back had no answer, was not there when we looked, and came after all."""
    set_score(query, 80)
    scene.sync("r2")
    hubspot.arm(Kind.DROP_BEFORE_COMMIT, path="batch/update")
    scene.roll_back("r2")
    hubspot.write_as("1", "INTEGRATION", "1", leadger_score="72")
    assert scene.sync("r3").state == "nothing"
    assert hubspot.contact("1")["leadger_score"] == "72"


def test_a_property_that_is_mapped_no_longer_is_given_back(
    scene: Scene, hubspot: HubSpotSimulator, query: Query
) -> None:
    set_score(query, 80)
    scene.sync("r2")
    without_score(scene)
    scene.roll_back("r2")
    assert hubspot.contact("1")["leadger_score"] == "72"
    hubspot.remove_property("leadger_score")
    assert scene.roll_back("r1").counts["acknowledged"] == 3


def test_what_was_filled_is_emptied_whatever_the_policy(
    workspace: Workspace, hubspot: HubSpotSimulator, query: Query
) -> None:
    scene = Scene(workspace, mapping_with(leadger_score="fill_empty"), HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    scene.approve("r1")
    scene.roll_back("r1")
    assert hubspot.contact("1").get("leadger_score", "") == ""
