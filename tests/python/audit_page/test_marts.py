"""What the page says of marts that were built: the numbers of SQL written by hand."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dash import html
from flask.testing import FlaskClient

from audit_page.conftest import ERASED
from audit_page.reading import words
from orchestration.audit_page.app import Audit, make_app
from orchestration.audit_page.changes import (
    CHANGES,
    changes_per_day,
    choices,
    fold,
    latest_change,
)
from orchestration.audit_page.filters import ChangesFilter, FindingsFilter, Period
from orchestration.audit_page.findings import FINDINGS, counts
from orchestration.audit_page.ledger import balances
from orchestration.audit_page.listing import Start
from orchestration.audit_page.person import box_change, find_person, publication, read_person
from orchestration.audit_page.spreadsheet import BYTE_ORDER_MARK, cell
from orchestration.audit_page.texts import read_texts
from orchestration.errors import UnusableInputError
from orchestration.reports.story import read_story
from orchestration.warehouse import Connection
from orchestration.warehouse.snapshot import open_snapshot
from orchestration.workspace import Workspace

Marts = duckdb.DuckDBPyConnection
HERE = {"Host": "127.0.0.1:8051"}
QUERIES = {
    "": "changed_at >= (select max(changed_at)::date - 89 from marts.lead_stage_changes)",
    "since=": "true",
    "since=2025-06-01&until=2025-12-31": "changed_at::date between '2025-06-01' and '2025-12-31'",
    "since=&from_stage=none": "from_stage is null",
    "since=&from_stage=lead&to_stage=mql": "from_stage = 'lead' and to_stage = 'mql'",
    "since=&cause=decay:": "list_bool_or([x like 'decay:%' for x in string_split(cause, '|')])",
    "since=&cause=identified": "list_contains(string_split(cause, '|'), 'identified')",
    "since=&cause=signal:newsletter_signup": (
        "list_contains(string_split(cause, '|'), 'signal:newsletter_signup')"
    ),
    "since=&version=2026-01": "definition_version = '2026-01'",
    "since=&version=1999-01": "false",
}


def parsed(query: str, marts: Marts) -> ChangesFilter:
    latest = marts.execute("select max(changed_at) from marts.lead_stage_changes").fetchall()[0][0]
    return ChangesFilter.parse(dict(part.split("=") for part in query.split("&") if part), latest)


@pytest.mark.parametrize("query", QUERIES)
def test_changes(snapshot: Connection, marts: Marts, query: str) -> None:
    wanted = parsed(query, marts).condition()
    expected = marts.execute(
        f"select change_id from marts.lead_stage_changes where {QUERIES[query]} "
        "order by changed_at desc, change_id desc"
    ).fetchall()
    page = CHANGES.page(snapshot, wanted, Start())
    assert page.total == len(expected)
    assert [(row["change_id"],) for row in page.rows] == expected[:50]
    everything = CHANGES.all_rows(snapshot, wanted, at_once=13)
    assert [(row["change_id"],) for row in everything] == expected


@pytest.mark.parametrize("query", QUERIES)
def test_changes_per_day(snapshot: Connection, marts: Marts, query: str) -> None:
    expected = Counter(
        (at.date(), cause.split("|")[0].split(":")[0])
        for at, cause in marts.execute(
            f"select changed_at, cause from marts.lead_stage_changes where {QUERIES[query]}"
        ).fetchall()
    )
    daily = changes_per_day(snapshot, parsed(query, marts).condition())
    by_day: Counter[date] = Counter()
    for (day, _), number in expected.items():
        by_day[day] += number
    assert {day: sum(kinds.values()) for day, kinds in daily.counts.items()} == by_day
    assert list(daily.counts) == sorted(by_day)
    for kind, total in daily.totals().items():
        if kind != "other":
            assert total == sum(n for (_, known), n in expected.items() if known == kind)
    assert sum(daily.totals().values()) == sum(expected.values())


def test_rare_kinds_become_one() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 2)]
    rows = [(day, f"k{number}", number) for day in days for number in range(1, 6)]
    assert fold(rows, shown=2).kinds == ["k5", "k4", "other"]
    assert fold(rows, shown=2).counts[days[0]] == {"k5": 5, "k4": 4, "other": 6}
    assert fold(rows, shown=4).kinds == ["k5", "k4", "k3", "k2", "k1"]
    assert fold([]).counts == {}


def test_choices(snapshot: Connection, marts: Marts) -> None:
    found = choices(snapshot)
    causes = marts.execute("select distinct cause from marts.lead_stage_changes").fetchall()
    parts = {part for (cause,) in causes for part in cause.split("|")}
    assert {cause for cause in found.causes if not cause.endswith(":")} == parts
    assert "signal:" in found.causes
    assert found.versions == ["2026-01"]


def test_findings(snapshot: Connection, marts: Marts) -> None:
    for severity in ("", "high", "medium", "low"):
        where = f"severity = '{severity}'" if severity else "true"
        expected = marts.execute(
            "select finding, severity, count(*), count(distinct lead_id) "
            f"from marts.audit_findings where {where} group by all"
        ).fetchall()
        wanted = FindingsFilter(severity=severity).condition()
        found = counts(snapshot, wanted)
        listed = [(one.finding, one.severity, one.findings, one.people) for one in found]
        assert sorted(listed) == sorted(expected)
        assert FINDINGS.page(snapshot, wanted, Start()).total == sum(row[2] for row in expected)
    one = marts.execute("select finding, found_at from marts.audit_findings").fetchall()[0]
    day = one[1].date()
    wanted = FindingsFilter(Period(day, day), one[0]).condition()
    assert FINDINGS.page(snapshot, wanted, Start()).total >= 1


def test_findings_are_in_the_language_of_the_page(built: Workspace, marts: Marts) -> None:
    evidence = marts.execute(
        "select evidence from marts.audit_findings where finding = 'verdict_without_evidence'"
    ).fetchall()[0][0]
    name, _, activity = evidence.partition("=")
    assert name == "activity"
    said = page(built, "/findings", "?finding=verdict_without_evidence", lang="fr")
    assert f"activité\u00a0: {activity}" in said


def test_everybody_as_explain_says(built: Workspace, snapshot: Connection, marts: Marts) -> None:
    people = marts.execute("select lead_id, score from marts.leads order by 1").fetchall()
    assert len(people) > 50
    for lead_id, score in people:
        person = read_person(snapshot, lead_id)
        story = read_story(built.published, lead_id)
        assert (person.story.lead, person.story.changes) == (story.lead, story.changes)
        assert (person.story.ledger, person.story.clocks) == (story.ledger, story.clocks)
        assert balances(person.story.ledger)[-1].score == score
        said = marts.execute(
            "select count(*) from marts.lead_stage_audit where lead_id in "
            "(select contact_id from marts.lead_aliases where lead_id = ? union select ?)",
            [lead_id, lead_id],
        ).fetchall()
        assert said == [(len(person.statements),)]
        assert len(person.consents) == 4
        assert {row["lead_id"] for row in person.crm_rows} <= {lead_id}


def test_found_by_email_contact_or_log(snapshot: Connection, marts: Marts, tmp_path: Path) -> None:
    lead_id, email = marts.execute(
        "select lead_id, email from marts.leads where email is not null order by 1"
    ).fetchall()[0]
    assert find_person(snapshot, f" {email.upper()} ") == lead_id
    alias, person = marts.execute(
        "select contact_id, lead_id from marts.lead_aliases where contact_id <> lead_id"
    ).fetchall()[0]
    assert find_person(snapshot, alias) == person
    assert find_person(snapshot, "nobody") is None
    with pytest.raises(UnusableInputError, match="Nobody"):
        read_person(snapshot, "nobody")


def test_a_box_has_been_so_since() -> None:
    changes = [
        {"boxes_after": boxes, "n": n} for n, boxes in enumerate(["y????n", "yy???n", "yy?n?y"])
    ]
    found = {
        (box, value): box_change(changes, box, value)
        for box, value in [("icp_fit", True), ("need", True), ("authority", False), ("need", False)]
    }
    assert [change["n"] if change else None for change in found.values()] == [0, 1, 2, None]


def page(workspace: Workspace, path: str, search: str = "", lang: str = "en") -> str:
    return words(Audit(workspace, read_texts(lang)).page(path, search))


def test_every_kind_of_person_has_a_page(built: Workspace, marts: Marts) -> None:
    # one contact of each stage, of none, and of those with and without several contacts
    rows = marts.execute(
        "select any_value(aliases.lead_id), any_value(contact_id) "
        "from marts.lead_aliases as aliases left join marts.leads using (lead_id) "
        "group by leads.stage, alias_reason, aliases.is_deleted"
    ).fetchall()
    assert len(rows) > 8
    for lang in ("en", "fr"):
        failed = read_texts(lang)("failed_title")
        for _, contact_id in rows:
            said = page(built, f"/lead/{contact_id}", lang=lang)
            assert failed not in said
            assert contact_id in said


def test_a_person_is_told_whole(built: Workspace, marts: Marts) -> None:
    lead_id, number = marts.execute(
        "select lead_id, count(*) from marts.lead_stage_changes group by 1 order by 2 desc, 1"
    ).fetchall()[0]
    said = page(built, f"/lead/{lead_id}")
    for (text,) in marts.execute(
        "select explanation_en from marts.lead_stage_changes where lead_id = ? union all "
        "select unnest(string_split(cause_fact_id, '|')) from marts.lead_stage_changes "
        "where lead_id = ? and cause_fact_id is not null",
        [lead_id, lead_id],
    ).fetchall():
        assert text in said
    assert f"Stage changes, latest first: {number}" in said
    assert f"leadger explain {lead_id} --warehouse {built.warehouse}" in said
    assert "the score of today" in said


def test_what_the_crm_was_told_is_there(built: Workspace, marts: Marts) -> None:
    object_id, lead_id, stage, told = marts.execute(
        "select object_id, lead_id, properties ->> 'leadger_stage', recorded_at "
        "from crm_sync.sync_records where outcome = 'acknowledged' "
        "and (properties ->> 'leadger_stage') = 'prospect' order by object_id"
    ).fetchall()[0]
    said = page(built, f"/lead/{lead_id}")
    assert "✓ acknowledged" in said
    (records,) = marts.execute(
        "select count(*) from crm_sync.sync_records where lead_id = ? and outcome = 'acknowledged'",
        [lead_id],
    ).fetchall()[0]
    assert f"Records sent to a CRM: {records}" in said
    assert f"leadger_stage - → {stage}" in said
    assert f"{told:%Y-%m-%d %H:%M}" in said
    assert object_id in said
    assert "✓ confirmé" in page(built, f"/lead/{lead_id}", lang="fr")


def test_somebody_erased(built: Workspace, marts: Marts) -> None:
    assert marts.execute(
        "select distinct status from marts.consent_register where lead_id = ?", [ERASED]
    ).fetchall() == [("erased",)]
    said = page(built, f"/lead/{ERASED}")
    assert "This person was erased at their request" in said
    assert "✗ erased" in said
    assert "@" not in said


def test_a_word_by_a_former_address(built: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    shutil.copyfile(built.published, workspace.published)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(
            "update marts.consent_register set objected_at = timestamp '2026-01-02 03:04',"
            " objection_kind = 'objection', objection_id = 'word-1', is_by_former_address = true"
            f" where lead_id = '{ERASED}' and channel = 'phone'"
        )
    for lang, said in {
        "en": "2026-01-02 03:04 by an address that is somebody else's now word-1",
        "fr": "2026-01-02 03:04 par une adresse devenue celle d'un autre word-1",
    }.items():
        assert " ".join(page(workspace, f"/lead/{ERASED}", lang=lang).split()).count(said) == 1


def test_remembered_by_the_log_alone(built: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    shutil.copyfile(built.published, workspace.published)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("update marts.lead_stage_audit set lead_id = 'gone' where audit_id = 1")
    said = page(workspace, "/lead/gone")
    assert "The marts do not have this id any more" in said
    assert "asserted" in said


def test_nobody(built: Workspace) -> None:
    assert "Nobody known as nobody" in page(built, "/lead/nobody")
    assert "« nobody » : personne inconnue" in page(built, "/lead/nobody", lang="fr")
    assert "There is no such page" in page(built, "/elsewhere")
    assert "2026-13-01" in page(built, "/changes", "?since=2026-13-01")
    assert "cannot be understood" in page(built, "/findings", "?older=x")


def test_filters_show_what_was_asked(built: Workspace) -> None:
    asked = "?since=2025-06-01&to_stage=mql&cause=decay:&version=1999-01"
    shown = Audit(built, read_texts("en")).page("/changes", asked)
    chosen = {getattr(option, "value", None) for part in shown for option in selected(part)}
    assert chosen == {"", "mql", "decay:", "1999-01"}
    assert "No stage change fits" in words(shown)


def test_an_empty_first_day_is_the_beginning(built: Workspace, marts: Marts) -> None:
    total = marts.execute("select count(*) from marts.lead_stage_changes").fetchall()[0][0]
    assert f"of {total}" in page(built, "/changes", "?since=")
    assert f"of {total}" not in page(built, "/changes")


def selected(component: Any) -> list[html.Option]:
    """The options that are chosen within."""
    parts = component._traverse()
    return [part for part in parts if getattr(part, "selected", False)]


def test_empty_marts(empty: Workspace) -> None:
    assert "hold nobody yet" in page(empty, "/")
    assert "hold no stage change yet" in page(empty, "/changes")
    assert "Nothing was found" in page(empty, "/findings")
    assert "Nobody known as c1" in page(empty, "/lead/c1")


def test_nothing_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    for path in ("/", "/changes", "/findings", "/lead/c1"):
        assert "No marts yet" in page(workspace, path)
    client = make_app(workspace, "en").server.test_client()
    assert client.get("/changes.csv", headers=HERE).status_code == 503


def test_what_breaks_is_told_and_logged(
    built: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    shutil.copyfile(built.published, workspace.published)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("alter table marts.audit_findings drop column evidence")
    assert "This page could not be made" in page(workspace, "/findings")
    assert "evidence" in caplog.text
    workspace.published.write_bytes(b"no database at all")
    assert "cannot be read" in page(workspace, "/findings")


def test_a_new_publication_is_seen_while_an_old_one_is_read(
    built: Workspace, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    audit = Audit(workspace, read_texts("en"))
    shutil.copyfile(built.published, workspace.published)
    before = audit.published_by()
    with open_snapshot(workspace.readers) as old:
        part = tmp_path / "next.duckdb"
        shutil.copyfile(built.published, part)
        with duckdb.connect(str(part)) as connection:
            connection.execute("update marts.audit_digests set run_id = 'next-run'")
        part.replace(workspace.published)
        after = audit.published_by()
        still = publication(old)
    assert before is not None
    assert after is not None
    assert still is not None
    assert after[0] == "next-run"
    assert still.run_id == before[0] != "next-run"


def test_nothing_can_be_written(snapshot: Connection, built: Workspace, tmp_path: Path) -> None:
    for statement in (
        "delete from marts.leads",
        f"copy marts.leads to '{tmp_path / 'leads.csv'}'",
        f"attach '{built.warehouse}' as other (read_only)",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            snapshot.execute(statement)


@pytest.fixture
def client(built: Workspace) -> FlaskClient:
    found: FlaskClient = make_app(built, "en").server.test_client()
    return found


def rows_of(text: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


@pytest.mark.parametrize("query", QUERIES)
def test_csv_has_exactly_the_rows_of_the_page(
    client: FlaskClient, marts: Marts, query: str
) -> None:
    answer = client.get(f"/changes.csv?{query}", headers=HERE)
    assert answer.status_code == 200
    assert "lead_stage_changes.csv" in answer.headers["Content-Disposition"]
    header, *found = rows_of(answer.text)
    expected = marts.execute(
        f"select {', '.join(header)} from marts.lead_stage_changes where {QUERIES[query]} "
        "order by changed_at desc, change_id desc"
    ).fetchall()
    assert found == [[cell(value) for value in row] for row in expected]
    columns = marts.execute("select * from marts.lead_stage_changes limit 0").description or ()
    assert set(header) == {column[0] for column in columns}


def test_csv_of_findings_and_bad_addresses(client: FlaskClient, marts: Marts) -> None:
    high = rows_of(client.get("/findings.csv?severity=high", headers=HERE).text)
    number = marts.execute(
        "select count(*) from marts.audit_findings where severity = 'high'"
    ).fetchall()[0][0]
    assert len(high) == number + 1
    assert client.get("/changes.csv?since=never", headers=HERE).status_code == 400
    assert client.get("/changes.csv?since=", headers={"Host": "evil.example"}).status_code == 421


def test_csv_guards_what_came_from_outside(built: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    shutil.copyfile(built.published, workspace.published)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("update marts.lead_stage_changes set lead_id = '=cmd|x', cause = '@y'")
    client = make_app(workspace, "en").server.test_client()
    header, *found = rows_of(client.get("/changes.csv?since=", headers=HERE).text)
    place, cause = header.index("lead_id"), header.index("cause")
    assert {(row[place], row[cause]) for row in found} == {("'=cmd|x", "'@y")}


def test_latest_change(snapshot: Connection, marts: Marts) -> None:
    expected = marts.execute("select max(changed_at) from marts.lead_stage_changes").fetchall()
    assert [(latest_change(snapshot),)] == expected
