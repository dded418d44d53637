"""Every kind of bad input: what the message says, and that nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.conftest import CONTACTS, NOW, Scene
from orchestration.errors import InputProblemsError, UnusableInputError
from orchestration.ingest.load import load_folder

Check = Callable[[], None]
GOOD_LINKS = "select 'd' deal_id, 'c' contact_id, timestamp '2026-01-01' updated_at"
HEAD = "contact_id,email,created_at,updated_at\n"
EVENTS = "event_id,occurred_at,event_type,properties\n"
ROW = "c9,x@example.com,2026-01-01,2026-01-01\n"


def test_folder_does_not_exist(loaded: Scene, unchanged: Check) -> None:
    with pytest.raises(UnusableInputError, match="does not exist: expected a folder with <table>"):
        load_folder(loaded.warehouse, loaded.root / "nowhere", now=NOW)
    unchanged()


def test_folder_is_a_file(loaded: Scene, unchanged: Check) -> None:
    path = loaded.put("contacts.csv", CONTACTS)
    with pytest.raises(UnusableInputError, match="is a file: expected a folder"):
        load_folder(loaded.warehouse, path, now=NOW)
    unchanged()


def test_empty_folder(loaded: Scene, unchanged: Check) -> None:
    with pytest.raises(UnusableInputError, match=r"it is empty\): expected .*contacts, companies"):
        loaded.load()
    unchanged()


def test_no_known_table(loaded: Scene, unchanged: Check) -> None:
    loaded.put("Kontakte.csv", CONTACTS)
    with pytest.raises(UnusableInputError, match=r"found only Kontakte\.csv\): expected <table>"):
        loaded.load()
    unchanged()


@pytest.mark.parametrize(
    ("name", "content", "place", "parts"),
    [
        (
            "contacts.csv",
            "contact_id,email,created_at\nc1,,2026-01-01\n",
            ("contacts.csv", 1, "updated_at"),
            ("required column updated_at", "the file has: contact_id, email, created_at"),
        ),
        (
            "consents.csv",
            "consent_id,occurred_at,kind\nx,2026-01-01,opt_in\n",
            ("consents.csv", 1, "contact_id or email"),
            ("required column contact_id or email",),
        ),
        (
            "contacts.csv",
            "contact_id,contact_id,created_at,updated_at\n",
            ("contacts.csv", 1, "contact_id"),
            ("one column 'contact_id', found 2",),
        ),
        ("contacts.csv", "", ("contacts.csv", None, None), ("header row", "empty file")),
        ("contacts.csv", "\n\n", ("contacts.csv", None, None), ("header row",)),
        (
            "contacts.csv",
            HEAD + 'c1,"a\nb",2026-01-01,2026-01-01\nc9,x@exam',
            ("contacts.csv", 4, None),
            ("found 'c9,x@exam'", "4 fields as in the header, not 2"),
        ),
        (
            "contacts.csv",
            HEAD + ROW + 'c9,"x@exam\nple',
            ("contacts.csv", 3, "email"),
            ("closing quote", "never closed", "cut in the middle"),
        ),
        (
            "contacts.csv",
            HEAD + ROW + "c9,Smith, John,2026-01-01,2026-01-01\n",
            ("contacts.csv", 3, None),
            ("not 5", "must be in quotes"),
        ),
        (
            "contacts.csv",
            HEAD + ROW + "c9,,2026-01-01,2026-01-01,\n" + ROW,
            ("contacts.csv", 3, None),
            ("4 fields as in the header, not 5",),
        ),
        (
            "contacts.csv",
            HEAD + ROW + 'c9,"a"b,2026-01-01,2026-01-01\n',
            ("contacts.csv", 3, "email"),
            ("after the closing quote", "written twice"),
        ),
        (
            "contacts.csv",
            (HEAD + "c1,\u00e9,2026-01-01,2026-01-01\n").encode("latin-1"),
            ("contacts.csv", 2, "email"),
            ("found 'é'", "text in UTF-8", "0xE9", "mapping.yml", "cp1252"),
        ),
        (
            "contacts.csv",
            HEAD.replace(",", ";") + ROW.replace(",", ";"),
            ("contacts.csv", 1, None),
            ("divided by semicolons (;)", "mapping.yml", 'delimiter: ";"', "tables.contacts"),
        ),
        (
            "contacts.csv",
            HEAD.replace(",", "\t"),
            ("contacts.csv", 1, None),
            ("divided by tabs", 'delimiter: "tab"'),
        ),
        (
            "contacts.csv",
            (HEAD + ROW).encode("utf-16"),
            ("contacts.csv", None, None),
            ("looks like text in UTF-16", "encoding: utf-16"),
        ),
        (
            "contacts.csv",
            b"PK\x03\x04rest",
            ("contacts.csv", None, None),
            ("looks like an Excel workbook",),
        ),
        (
            "contacts.csv",
            HEAD + "c1,,10:30,2026-01-01\n",
            ("contacts.csv", 2, "created_at"),
            ("found '10:30'", "date and time in ISO 8601", "timestamp_format"),
        ),
        (
            "contacts.csv",
            HEAD + 'c1,"\n\n""\n",2026-01-01,2026-01-01\n\nc2,,31/01/2026,2026-01-01\n',
            ("contacts.csv", 7, "created_at"),
            ("found '31/01/2026'", "ISO 8601"),
        ),
        (
            "events.csv",
            EVENTS + "e1,2026-01-01,x,{}\ne2,2026-01-01,x,{'a':1}\n",
            ("events.csv", 3, "properties"),
            ("JSON text",),
        ),
        (
            "deals.csv",
            'deal_id,status,amount,created_at,updated_at\nd,open,"1,5",2026-01-01,2026-01-01\n',
            ("deals.csv", 2, "amount"),
            ("found '1,5'", "a number such as 1234.56", "decimal_separator"),
        ),
        (
            "companies.csv",
            "company_id,employee_count,updated_at\nk,12.5,2026-01-01\n",
            ("companies.csv", 2, "employee_count"),
            ("found '12.5'", "a whole number"),
        ),
        (
            "reps.csv",
            "rep_id,is_active,updated_at\nr,maybe,2026-01-01\n",
            ("reps.csv", 2, "is_active"),
            ("found 'maybe'", "true/false"),
        ),
        (
            "campaign_costs.csv",
            "campaign_id,cost_date,amount,currency\nk,2026-01-01T10:00,1,EUR\n",
            ("campaign_costs.csv", 2, "cost_date"),
            ("found '2026-01-01T10:00'", "a date in ISO 8601"),
        ),
        (
            "reps.csv",
            "rep_id,updated_at,_loaded_at\nr,2026-01-01,yesterday\n",
            ("reps.csv", 2, "_loaded_at"),
            ("found 'yesterday'",),
        ),
    ],
)
def test_bad_csv(
    loaded: Scene,
    unchanged: Check,
    name: str,
    content: str | bytes,
    place: tuple[str, int | None, str | None],
    parts: tuple[str, ...],
) -> None:
    loaded.put(name, content)
    loaded.put_parquet("deal_contacts.parquet", GOOD_LINKS)
    problem = loaded.problems()[0]
    assert (problem.file, problem.line, problem.column) == place
    for part in parts:
        assert part in str(problem)
    unchanged()


def test_csv_cut_anywhere_in_its_last_row_is_named(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts.csv", HEAD + ROW * 3000 + ROW[:-25])
    messages = [str(problem) for problem in loaded.problems()]
    assert "contacts.csv, line 3002: found 'c9,x@example." in messages[0]
    assert "cut off in the middle, so export and send it again" in messages[1]
    unchanged()


def test_every_problem_of_every_file_has_its_line(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts.csv", HEAD + "c1,,x,y\nc2,,2026-01-01,2026-01-01\nc3,,2026-01-01,z\n")
    loaded.put("reps.csv", "rep_id\nr1\n")
    with pytest.raises(InputProblemsError) as caught:
        loaded.load()
    assert [(p.file, p.line, p.column, p.value) for p in caught.value.problems] == [
        ("contacts.csv", 2, "created_at", "x"),
        ("contacts.csv", 2, "updated_at", "y"),
        ("contacts.csv", 4, "updated_at", "z"),
        ("reps.csv", 1, "updated_at", None),
    ]
    assert len(str(caught.value).splitlines()) == 4
    unchanged()


def test_problems_are_bounded_and_the_rest_counted(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts.csv", HEAD + "c1,,x,2026-01-01\n" * 1500)
    problems = loaded.problems()
    assert len(problems) == 1001
    assert "500 further rows have wrong values" in str(problems[-1])
    loaded.put("contacts.csv", HEAD + "c1,,x\n" * 1500)
    problems = loaded.problems()
    assert "500 further problems" in str(problems[1000])
    unchanged()


@pytest.mark.parametrize("other", ["contacts.parquet", "contacts/part.csv"])
def test_two_places_for_one_table(loaded: Scene, unchanged: Check, other: str) -> None:
    loaded.put("contacts.csv", CONTACTS)
    loaded.put(other, CONTACTS)
    [problem] = loaded.problems()
    assert "expected one place for the table contacts, found contacts" in str(problem)
    assert "remove all but one" in str(problem)
    unchanged()


def test_part_folder_without_parts(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts/readme.txt", "later")
    [problem] = loaded.problems()
    assert "contacts/: expected part files *.csv or *.parquet" in str(problem)
    unchanged()


def test_semicolon_latin1_export_is_told_both(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts.csv", "Réf;Nom\n1;Zoé\n", encoding="latin-1")
    messages = [str(problem) for problem in loaded.problems()]
    assert "divided by semicolons" in messages[0]
    assert "add a mapping.yml that gives this table's encoding" in messages[1]
    unchanged()


def test_a_line_of_more_than_64_megabytes(loaded: Scene, unchanged: Check) -> None:
    content = (
        HEAD.encode() + ROW.encode() + b'c9,"' + b"x" * (65 << 20) + b'",2026-01-01,2026-01-01\n'
    )
    loaded.put("contacts.csv", content)
    [problem] = loaded.problems()
    assert str(problem) == (
        "contacts.csv, line 3: expected a line of at most 64 MB, found a longer one"
    )
    unchanged()


def test_a_quote_never_closed_in_a_big_file(loaded: Scene, unchanged: Check) -> None:
    row = b"c9," + b"x" * 1000 + b",2026-01-01,2026-01-01\n"
    loaded.put("contacts.csv", HEAD.encode() + b'c9,"x,2026-01-01,2026-01-01\n' + row * 70_000)
    problem = loaded.problems()[0]
    assert (problem.line, "quote opened on line 2 may lack its end" in str(problem)) == (2, True)
    unchanged()


def test_a_failed_first_load_leaves_no_warehouse(scene: Scene) -> None:
    scene.put("contacts.csv", HEAD + "c1,,x,y\n")
    scene.problems()
    assert sorted(path.name for path in scene.root.iterdir()) == ["in"]


def test_warehouse_that_is_no_duckdb_file(scene: Scene) -> None:
    scene.put("contacts.csv", CONTACTS)
    scene.warehouse.write_text("not a database" * 1000)
    with pytest.raises(UnusableInputError, match="cannot be opened as a warehouse"):
        scene.load()


def test_no_leftovers_in_the_temporary_folder(
    loaded: Scene, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch: Path = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    loaded.put("contacts.csv", HEAD + "c1,,x,y\n")
    loaded.problems()
    assert list(scratch.iterdir()) == []
