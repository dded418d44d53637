"""What `leadger crm` says, and the code it ends with."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from crm.hubspot.mappings import updates
from crm.published import publish
from crm.scenes import Query, set_score
from orchestration.cli import main
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.hubspot_calls import TOKEN
from orchestration.crm.mapping import CrmMapping, Property, read_mapping
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

Say = Callable[..., str]


@pytest.fixture
def crm(workspace: Workspace, hubspot: HubSpotSimulator, monkeypatch: pytest.MonkeyPatch) -> Say:
    """`leadger crm …`; gives what it says."""
    monkeypatch.setenv("COLUMNS", "200")
    for module in ("hubspot", "hubspot_calls"):
        monkeypatch.setattr(f"orchestration.crm.{module}.backoff", lambda attempt: 0.0)
    with open_warehouse(workspace.warehouse) as connection:
        publish(connection)

    def say(*words: str, code: int = 0) -> str:
        asked = ["crm", *words, "--warehouse", str(workspace.warehouse)]
        result = CliRunner().invoke(main, asked)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        assert hubspot.token not in result.output
        return result.output

    return say


def waiting(query: Query) -> str:
    ((run,),) = query("select run from crm_sync.sync_runs where state = 'awaiting_approval'")
    return str(run)


@pytest.fixture
def told(crm: Say, query: Query) -> Say:
    """Everything told once."""
    crm("setup", "hubspot")
    crm("push", "hubspot")
    crm("approve", "hubspot", waiting(query))
    return crm


def test_a_plan_is_a_table_and_a_file(told: Say, query: Query, hubspot: HubSpotSimulator) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    hubspot.forget_requests()
    said = told("plan", "hubspot")
    (line,) = [each for each in said.splitlines() if each.startswith("1 ")]
    assert line.split() == ["1", "p1", "leadger_score", "72", "80"]
    assert re.search(r"record +lead +property +before +after", said)
    assert "Record by record: " in said
    assert "all of it is in the file" not in said
    assert updates(hubspot) == []


def test_a_long_plan_is_shown_in_part_and_wholly_in_the_file(crm: Say) -> None:
    crm("setup", "hubspot")
    said = crm("plan", "hubspot")
    shown = said.partition("record ")[2].splitlines()[1:]
    assert len([each for each in shown if "leadger_" in each]) == 20
    assert "all of it is in the file" in said


def test_a_plan_that_waits_is_shown_like_any_other(
    crm: Say, query: Query, workspace: Workspace
) -> None:
    crm("setup", "hubspot")
    crm("push", "hubspot")
    before = {*workspace.outbox.glob("plan-*.csv")}
    said = crm("plan", "hubspot")
    assert "A plan for hubspot; nothing was sent." in said
    assert "3 of 3 records" in said
    assert "leadger_stage" in said
    assert f"waits for approval: leadger crm approve hubspot {waiting(query)}" in said
    (file,) = {*workspace.outbox.glob("plan-*.csv")} - before
    assert str(file) in said
    assert "leadger_stage" in file.read_text()


def test_after_a_rollback_what_was_taken_back_is_said_to_wait(told: Say, query: Query) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    told("push", "hubspot")
    ((run,),) = query("select run from crm_sync.sync_runs order by started_at desc limit 1")
    told("rollback", "hubspot", str(run))
    said = told("push", "hubspot")
    assert "told everything" not in said
    assert "2 properties of 2 records were rolled back" in said
    told("release", "hubspot", "1")
    assert "1 properties of 1 records were rolled back" in told("plan", "hubspot")


def test_a_push_that_breaks_off_says_how_far_it_came(
    told: Say, query: Query, hubspot: HubSpotSimulator
) -> None:
    query("update marts.crm_lead_status set do_not_contact = true where crm_contact_id = '1'")
    set_score(query, 80, "2")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None, skip=1)
    said = told("push", "hubspot", code=1)
    assert "HubSpot answered 503" in said
    assert "was cut short: 1 records were acknowledged, 1 were on their way" in said
    assert "the rest is planned again: leadger crm push hubspot" in said
    hubspot.disarm()
    assert "1 of a sync that was cut short" in told("push", "hubspot")
    assert hubspot.contact("2")["leadger_score"] == "80"


def test_an_approved_push_that_breaks_off_says_so_too(
    crm: Say, query: Query, hubspot: HubSpotSimulator
) -> None:
    crm("setup", "hubspot")
    crm("push", "hubspot")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None)
    said = crm("approve", "hubspot", waiting(query), code=1)
    assert "was cut short: 0 records were acknowledged" in said


def test_a_rollback_that_breaks_off_says_how_to_go_on(
    told: Say, query: Query, hubspot: HubSpotSimulator
) -> None:
    set_score(query, 80)
    told("push", "hubspot")
    ((run,),) = query("select run from crm_sync.sync_runs order by started_at desc limit 1")
    hubspot.arm(Kind.STATUS, status=503, path="batch/update", times=None)
    said = told("rollback", "hubspot", str(run), code=1)
    assert f"to give back the rest: leadger crm rollback hubspot {run}" in said


@pytest.mark.parametrize("path", ["properties", "batch/read", "batch/update"])
@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.DROP_BEFORE_COMMIT])
def test_an_outage_is_nothing_that_other_input_would_mend(
    told: Say, query: Query, hubspot: HubSpotSimulator, path: str, kind: Kind
) -> None:
    set_score(query, 80)
    hubspot.arm(kind, status=503, path=path, times=None)
    if (kind, path) == (Kind.DROP_BEFORE_COMMIT, "batch/update"):
        told("push", "hubspot")  # whether it was done is looked up, and was not: the next one's
    else:
        said = told("push", "hubspot", code=1)
        assert "HubSpot answered 503" in said or "HubSpot does not answer" in said
    hubspot.disarm()
    told("push", "hubspot")
    assert hubspot.contact("1")["leadger_score"] == "80"


def test_one_that_breaks_hubspot_is_in_the_status(
    told: Say, query: Query, hubspot: HubSpotSimulator
) -> None:
    for contact in "12":
        set_score(query, 80, contact)
    hubspot.arm(Kind.STATUS, status=500, path="batch/update", ids=["1"], times=None)
    for _ in range(3):
        told("push", "hubspot")
    reason = "HubSpot broke on this record (500), in 3 syncs, and took others"
    assert f"1 in hubspot: {reason}" in told("status", "hubspot")


def test_without_a_token_it_is_usage(told: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN)
    assert f"{TOKEN} is not set" in told("push", "hubspot", code=2)


def test_setup_with_a_lost_answer_asks_again(crm: Say, hubspot: HubSpotSimulator) -> None:
    hubspot.arm(Kind.DROP_RESPONSE_AFTER_COMMIT, path="properties", method="POST", skip=3)
    assert "Made in hubspot: " in crm("setup", "hubspot")
    assert "has every property and option" in crm("setup", "hubspot")


def test_setup_without_answers_is_told_in_words_and_harmless_again(
    crm: Say, hubspot: HubSpotSimulator
) -> None:
    kind, path = Kind.DROP_RESPONSE_AFTER_COMMIT, "properties"
    hubspot.arm(kind, path=path, method="POST", skip=3, times=None)
    said = crm("setup", "hubspot", code=1)
    assert "HubSpot does not answer" in said
    assert "do it again. leadger crm setup hubspot" in said
    hubspot.disarm()
    assert "Made in hubspot: " in crm("setup", "hubspot")
    assert "has every property and option" in crm("setup", "hubspot")


def with_lifecycle(_: str) -> CrmMapping:
    stages = next(e for e in read_mapping("files").properties if e.type == "enumeration")
    ours = Property(
        column="temperature",
        property="leadger_heat",
        type="enumeration",
        values={"hot": "hot", "warm": "warm", "cold": "cold"},
    )
    theirs = Property(
        column="stage",
        property="lifecyclestage",
        type="enumeration",
        values=stages.values,
        policy="rep_wins",
    )
    mapping = read_mapping("hubspot")
    return mapping.model_copy(update={"properties": (*mapping.properties, ours, theirs)})


def test_setup_adds_options_and_leaves_those_there_are(
    crm: Say, hubspot: HubSpotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.crm.commands.read_mapping", with_lifecycle)
    crm("setup", "hubspot")
    hubspot.define_property("leadger_heat", "enumeration", "select", ["tepid", "hot"])
    hubspot.remove_option("lifecyclestage", "opportunity")
    assert "no option opportunity" in crm("push", "hubspot", code=2)
    said = crm("setup", "hubspot")
    assert "leadger_heat: warm" in said
    assert "lifecyclestage: opportunity" in said
    listed = {each["name"]: each["options"] for each in hubspot.state()["properties"]}
    assert [each["value"] for each in listed["leadger_heat"]] == ["tepid", "hot", "warm", "cold"]
    assert "evangelist" in [each["value"] for each in listed["lifecyclestage"]]
    assert "waits for approval" in crm("push", "hubspot")


def test_setup_says_what_only_people_can_do(crm: Say, hubspot: HubSpotSimulator) -> None:
    hubspot.define_property("leadger_score", "string", "text")
    said = crm("setup", "hubspot", code=1)
    assert "Made in hubspot: " in said
    assert "Left to do in hubspot" in said
    assert "'leadger_score' is a string, not a number" in said
    assert "give the mapping another name for it" in said
    assert "leadger crm setup hubspot" not in said


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "files"),
        ("push", "files"),
        ("approve", "files", "r"),
        ("rollback", "files", "r"),
        ("release", "files", "1"),
        ("setup", "files"),
        ("conflicts", "files"),
    ],
    ids=lambda words: str(words[0]),
)
def test_files_need_none_of_it(crm: Say, words: tuple[str, ...]) -> None:
    said = crm(*words, code=2)
    assert "`files` is no CRM to push to: every run writes its file" in said
    assert "leadger crm status files" in said


def test_files_have_a_status_and_others_are_named(crm: Say) -> None:
    crm("status", "files")
    for words in (("status", "pipedrive"), ("push", "pipedrive"), ("conflicts", "pipedrive")):
        assert "There is no CRM 'pipedrive': hubspot, salesforce." in crm(*words, code=2)


def test_what_was_not_looked_at_holds_a_push_by_hand(told: Say, query: Query) -> None:
    set_score(query, 80)
    query("delete from control.checks where step = 'marts'")
    said = told("push", "hubspot")
    assert (
        "held: check not passed: there is no record of run r0 of dbt's tests of the marts" in said
    )


def test_a_connection_that_breaks_while_planning_is_no_traceback(
    told: Say, hubspot: HubSpotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> list[object]:
        raise ConnectionError("gone")

    monkeypatch.setattr(HubSpotDestination, "check", lost)
    said = told("push", "hubspot", code=1)
    assert "An answer of hubspot was lost (ConnectionError). Nothing was sent." in said
