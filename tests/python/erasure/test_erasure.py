"""One erasure from the request to the next load: the tests follow it, in order."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import Any

import pytest

from erasure.conftest import AS_OF, FILES, IDENTITY, NOW, REQUEST, Scene
from orchestration import readers_file
from orchestration.warehouse.compaction import leftover_of

Rows = list[tuple[Any, ...]]

PEOPLE_OF_EVENTS = (
    "select event_id, lead_id, is_named from intermediate.int_event_people order by 1"
)
ALIASES = "select contact_id, lead_id from intermediate.int_lead_aliases order by 1"
KNOWN_SINCE = "select lead_id, identified_at from intermediate.int_people order by 1"
CHANGES = (
    "select lead_id, change_number, changed_at, from_stage, to_stage from marts.lead_stage_changes "
    "where changed_at < '2026-03-19' order by 1, 2"
)
TOLD = (
    "select record_id, run, object_id, lead_id, change_id, outcome, recorded_at, "
    "properties ->> 'leadger_stage', properties ->> 'leadger_score' "
    "from crm_sync.sync_records where run = 'first' order by 1"
)


# Without id, contact and address, nothing says whose it was once the cookie is gone.
KEYLESS_VISIT = ",2026-02-26T09:00:00Z,page_view,,,"


@dataclass
class Before:
    """What must be the same afterwards."""

    tables: list[str]
    files: list[str]
    answers: dict[str, Rows]
    neighbour: dict[str, Rows]
    shape: Rows = field(default_factory=list)


def shape_of(scene: Scene) -> Rows:
    """The catalogue of what is not rebuilt: tables, columns, constraints, descriptions."""
    return scene.rows(
        "select 'column', schema_name, table_name, column_name, data_type, comment, column_default "
        "from duckdb_columns() where schema_name in ('raw', 'control', 'crm_sync', 'marts') "
        "and table_name not like 'eras%' "
        "union all select 'constraint', schema_name, table_name, constraint_text, null, null, null "
        "from duckdb_constraints() where table_name not like 'eras%' "
        "union all select 'sequence', schema_name, sequence_name, null, null, null, null "
        "from duckdb_sequences() "
        "union all select 'table', schema_name, table_name, comment, null, null, null "
        "from duckdb_tables() where schema_name in ('raw', 'control', 'crm_sync', 'marts') "
        "and table_name not like 'eras%' order by all"
    )


@pytest.fixture(scope="module")
def before(scene: Scene) -> Before:
    """The request has arrived, staging and identities are built."""
    questions = (ALIASES, PEOPLE_OF_EVENTS, KNOWN_SINCE, CHANGES, TOLD)
    noted = Before(
        scene.found_in_tables(),
        scene.found_in_files(),
        {question: scene.rows(question) for question in questions},
        scene.raw_rows("contact_id = 'bob'"),
    )
    noted.answers["bob"] = scene.rows("from raw.events where event_id in ('e5', 'e6') order by all")
    scene.load(scene.put("request", REQUEST), now=NOW)
    scene.build(AS_OF, *IDENTITY)
    noted.shape = shape_of(scene)
    return noted


def test_the_data_is_everywhere_before(before: Before) -> None:
    assert {"raw.contacts: zephyrine", "marts.leads: quillfeather"} <= set(before.tables)
    assert "w.published.duckdb: quillfeather" in before.files
    assert ("z3", "z1") in before.answers[ALIASES]
    assert ("e1", "z1", False) in before.answers[PEOPLE_OF_EVENTS]
    assert ("e5", "bob", True) in before.answers[PEOPLE_OF_EVENTS]


def test_a_death_after_the_transaction_leaves_the_files_to_the_next_run(
    scene: Scene, before: Before
) -> None:
    assert scene.pending() == ["z1"]
    report = scene.erase_only()
    assert report.contacts == ("z1", "z2", "z3")
    assert {"raw.contacts", "raw.events", "raw.consents", "marts.leads"} <= set(report.rows)
    assert scene.found_in_tables() == []
    assert scene.found_in_files() != []
    leftover_of(scene.warehouse).write_text("zephyrine", encoding="utf-8")
    scene.build(AS_OF, *IDENTITY)
    assert scene.pending() == ["z1"]


def test_the_next_run_completes_it(scene: Scene, before: Before) -> None:
    report = scene.carry_out()
    assert report is not None
    assert report.people == ("z1",)
    assert scene.found_in_tables() == []
    assert scene.found_in_files() == []
    assert shape_of(scene) == before.shape
    assert scene.rows("select summary from control.runs where run_id = 'earlier'") == [
        ('{"failure": "bad: erased", "kept": 1}',)
    ]
    assert (scene.workspace.erasure_key.stat().st_mode & 0o777) == 0o600


def test_everything_still_adds_up(scene: Scene, before: Before) -> None:
    scene.build(AS_OF)
    assert scene.pending() == []
    assert scene.carry_out("again") is None
    for question in (ALIASES, PEOPLE_OF_EVENTS, KNOWN_SINCE, TOLD):
        assert scene.rows(question) == before.answers[question]
    changes = scene.rows(CHANGES)
    assert [row for row in changes if row[0] == "bob"] == [
        row for row in before.answers[CHANGES] if row[0] == "bob"
    ]
    assert next(row[4] for row in changes if row[0] == "z1") == "lead"
    assert scene.rows("select stage from marts.leads where lead_id = 'z1'") == [("opted_out",)]
    reasons = "select reason from raw.sales_activities where activity_id in ('a3', 'a4') order by 1"
    assert scene.rows(reasons) == [("erased",), ("no_budget",)]


def test_the_neighbour_is_untouched(scene: Scene, before: Before) -> None:
    assert scene.raw_rows("contact_id = 'bob'") == before.neighbour
    assert (
        scene.rows("from raw.events where event_id in ('e5', 'e6') order by all")
        == before.answers["bob"]
    )


def test_the_crm_is_told_and_what_it_was_told_has_no_texts(scene: Scene, before: Before) -> None:
    readers_file.rewrite(scene.workspace)
    (file,) = scene.workspace.outbox.glob("crm-first-*.csv")
    with file.open(encoding="utf-8", newline="") as stream:
        rows = {row["Record ID"]: row for row in csv.DictReader(stream)}
    assert rows["z1"]["leadger_engagement_history"] == ""
    assert rows["z1"]["leadger_stage"] != ""
    assert rows["bob"]["leadger_engagement_history"] != ""
    scene.tell_the_crm("second")
    told = dict(
        scene.rows(
            "select object_id, properties ->> 'do_not_contact' from crm_sync.sync_records "
            "where run = 'second' and outcome = 'acknowledged'"
        )
    )
    assert {told[contact] for contact in ("z1", "z2", "z3")} == {"true"}


def test_loading_the_same_rows_again_brings_nobody_back(scene: Scene, before: Before) -> None:
    more = {name: text + "\n" for name, text in {**FILES, **REQUEST}.items()}
    more["contacts.csv"] = FILES["contacts.csv"] + (
        "z9,ZEPHYRINE@atelier.example,Zephyrine,Quillfeather,,,,FR,website,,"
        "2026-03-01T08:00:00Z,2026-03-01T08:00:00Z\n"
    )
    # earlier landings win: the copies must look like what was erased, whichever is taken
    more["events.csv"] = "\n".join(
        line + (",_loaded_at" if line.startswith("event_id") else ",2026-03-18T00:00:00Z")
        for line in FILES["events.csv"].strip().splitlines()
        if not line.startswith(KEYLESS_VISIT)
    )
    scene.load(scene.put("again", more), now=NOW)
    assert scene.found_in_tables() == []
    assert scene.found_in_files() == []
    scene.build(AS_OF, *IDENTITY)
    assert scene.pending() == []
    assert scene.found_in_tables() == []
    assert scene.rows(ALIASES) == sorted([*before.answers[ALIASES], ("z9", "z1")])
    assert scene.rows(PEOPLE_OF_EVENTS) == before.answers[PEOPLE_OF_EVENTS]
    assert scene.rows("select distinct email from raw.contacts") in (
        [("old-desk@atelier.example",), (None,)],
        [(None,), ("old-desk@atelier.example",)],
    )
