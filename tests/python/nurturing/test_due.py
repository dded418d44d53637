"""Messages that are due: to whom, once, for how long, and in a file that does no harm."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.nurturing.mailing import Due, due_messages, write_csv
from orchestration.nurturing.written import Written
from orchestration.workspace import Workspace

AT = datetime(2026, 5, 4, 12)
MARTS = """
    create schema marts;
    create table marts.leads (
        lead_id varchar, email varchar, first_name varchar, last_content_title varchar
    );
    create table marts.lead_aliases (contact_id varchar, lead_id varchar);
    create table marts.consent_register (lead_id varchar, channel varchar, status varchar);
    create table marts.nurturing_enrolments (
        lead_id varchar, track varchar, template_id varchar, reason varchar,
        content_title varchar, enrolled_at timestamp, next_try_at timestamp,
        try_until_at timestamp, left_at timestamp
    );
"""
WAIT = {"after_content": (2, 7), "after_demo": (1, 7), "reactivation": (90, 30)}


class Published:
    """A readers' file in the making, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "w.duckdb")
        self.execute(MARTS)

    def execute(self, sql: str, *values: object) -> None:
        with duckdb.connect(str(self.workspace.published)) as connection:
            connection.execute(sql, list(values) or None)

    def enrol(
        self,
        lead: str,
        days_ago: float,
        track: str = "after_content",
        *,
        tongue: str = "en",
        name: str | None = "Ada",
        email: str | None = "x@example.org",
        content: str | None = "The guide",
        status: str = "contactable",
        left: bool = False,
    ) -> None:
        """A person in a track, whom email may reach unless said."""
        waits, lasts = WAIT[track]
        enrolled_at = AT - timedelta(days=days_ago)
        next_try_at = enrolled_at + timedelta(days=waits)
        self.execute("insert into marts.leads values (?, ?, ?, 'Seen last')", lead, email, name)
        self.execute("insert into marts.lead_aliases values (?, ?)", lead, lead)
        self.execute(
            "insert into marts.consent_register values (?, 'email', ?), (?, 'phone', 'objected')",
            *(lead, status, lead),
        )
        self.execute(
            "insert into marts.nurturing_enrolments values (?, ?, ?, 'why', ?, ?, ?, ?, ?)",
            *(lead, track, f"{track}.{tongue}", content, enrolled_at, next_try_at),
            *(next_try_at + timedelta(days=lasts), AT if left else None),
        )

    def due(self, at: datetime = AT) -> list[Due]:
        return due_messages(self.workspace.readers, at)

    def called(self, *arguments: str) -> Result:
        """The command, at the instant of the tests unless said."""
        at = () if "--at" in arguments else ("--at", f"{AT.isoformat()}Z")
        place = ("--warehouse", str(self.workspace.warehouse))
        return CliRunner().invoke(main, ["nurturing", "due", *at, *place, *arguments])

    @property
    def files(self) -> list[Path]:
        return sorted(self.workspace.nurturing.glob("*"))


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def test_who_is_due(published: Published) -> None:
    published.enrol("due", 2)
    published.enrol("early", 1.99)
    published.enrol("gone", 3, left=True)
    published.enrol("objected", 3, status="objected")
    published.enrol("demo", 1, "after_demo")
    published.enrol("back", 100, "reactivation", tongue="fr")
    found = published.due()
    assert [(one.lead_id, one.track, one.problem) for one in found] == [
        ("due", "after_content", ""),
        ("demo", "after_demo", ""),
        ("back", "reactivation", ""),
    ]
    assert [one.message is not None for one in found] == [True, True, True]


@pytest.mark.parametrize(("track", "age"), [("after_content", 9), ("reactivation", 120)])
def test_a_message_has_its_time(published: Published, track: str, age: float) -> None:
    published.enrol("late", age - 1e-6, track)
    published.enrol("too late", age, track)
    assert [one.lead_id for one in published.due()] == ["late"]


@pytest.mark.parametrize("tongue", ["en", "fr"])
def test_the_content_is_that_of_the_enrolment(published: Published, tongue: str) -> None:
    published.enrol("p1", 3, tongue=tongue, content="Webinar: prices")
    [one] = published.due()
    assert one.message is not None
    said = one.message.subject + one.message.text
    assert said.count("Webinar: prices") == 2
    assert "Seen last" not in said
    # whatever it was that enrolled them, and however long ago
    for word in (" read ", " lu ", "few days", "quelques jours"):
        assert word not in said


def test_what_is_missing_is_named(published: Published) -> None:
    published.enrol("nameless", 3, name=" ")
    published.enrol("no content", 3, content=None)
    published.enrol("no address", 3, email=None)
    found = {one.lead_id: (one.message, one.problem) for one in published.due()}
    assert {message for message, _ in found.values()} == {None}
    assert "lead nameless: no value for first_name." in found["nameless"][1]
    assert "lead no content: no value for content_title." in found["no content"][1]
    assert "lead no address: no email address" in found["no address"][1]
    result = published.called()
    assert result.exit_code == 1
    for lead in found:
        assert f"lead {lead}: no" in " ".join(result.output.split())
    assert published.files == []
    assert result.output == published.called().output  # until somebody mends them


def test_readers_are_in_nobodys_way(published: Published) -> None:
    published.enrol("p1", 3)
    with duckdb.connect(str(published.workspace.published), read_only=True) as reader:
        assert published.called().exit_code == 0
        assert reader.execute("select count(*) from marts.leads").fetchone() == (1,)
    assert len(published.files) == 1


def test_nothing_is_made_where_nothing_was_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    arguments = ["nurturing", "due", "--warehouse", str(workspace.warehouse)]
    assert CliRunner().invoke(main, arguments).exit_code == 2
    assert not workspace.published.exists()
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("create schema marts")
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "There are no marts" in result.output


def test_no_cell_is_a_formula(published: Published, tmp_path: Path) -> None:
    published.enrol("=1+1", 3, name='=HYPERLINK("https://x.example")', email="+x@example.org")
    file = tmp_path / "new" / "due.csv"
    assert write_csv(published.due(), file) == 1
    [row] = rows_of(file)
    assert row["lead_id"] == "'=1+1"
    assert row["email"] == "'+x@example.org"
    assert row["subject"].startswith("'=HYPERLINK")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert row["next_try_at"] == "2026-05-03T12:00:00Z"


def test_once_per_enrolment(published: Published) -> None:
    published.enrol("p1", 3)
    published.enrol("nameless", 3, name=None)
    first = published.called()
    assert first.exit_code == 1
    assert [row["lead_id"] for row in rows_of(published.files[0])] == ["p1"]
    second = published.called()
    assert "Nothing new to write." in second.output
    assert "Written before: 1" in second.output
    assert len(published.files) == 1
    # one who can be written to by now, and one enrolled anew
    published.execute("update marts.leads set first_name = 'Eva' where lead_id = 'nameless'")
    assert published.called().exit_code == 0
    assert [row["lead_id"] for row in rows_of(published.files[0])] == ["nameless"]
    published.execute(
        "update marts.nurturing_enrolments set enrolled_at = enrolled_at + interval 5 hour"
        " where lead_id = 'p1'"
    )
    assert published.called().exit_code == 0
    assert len(published.files) == 3
    assert "Nothing new to write." in published.called().output
    assert published.called("--again").exit_code == 0
    assert sum(len(rows_of(file)) for file in published.files) == 3 + 2


def test_another_id_of_the_person_is_the_same_person(published: Published) -> None:
    published.enrol("p2", 3)
    assert published.called().exit_code == 0
    # merged since into an older contact
    for table in ("leads", "consent_register", "nurturing_enrolments"):
        published.execute(f"update marts.{table} set lead_id = 'p1'")
    published.execute("insert into marts.lead_aliases values ('p1', 'p1')")
    published.execute("update marts.lead_aliases set lead_id = 'p1'")
    assert "Nothing new to write." in published.called().output


def test_who_objects_meanwhile_is_not_written_to(published: Published) -> None:
    published.enrol("p1", 1)
    assert "Nothing new to write." in published.called().output
    later = ("--at", "2026-05-05T12:00:00Z")
    published.execute("update marts.consent_register set status = 'objected'")
    assert "Nothing new to write." in published.called(*later).output
    assert published.files == []
    published.execute("update marts.consent_register set status = 'contactable'")
    assert published.called(*later).exit_code == 0
    assert len(published.files) == 1
    # not even when asked for once more
    published.execute("update marts.consent_register set status = 'objected'")
    assert "Nothing new to write." in published.called(*later, "--again").output


def test_a_file_that_may_not_have_been_sent_stays(published: Published, tmp_path: Path) -> None:
    published.enrol("p1", 3)
    file = tmp_path / "mine.csv"
    file.write_text("mine", encoding="utf-8")
    result = published.called("--out", str(file))
    assert result.exit_code == 2
    assert "is there already" in result.output
    assert file.read_text(encoding="utf-8") == "mine"
    file.unlink()
    assert published.called("--out", str(file)).exit_code == 0
    assert len(rows_of(file)) == 1


def test_notes_name_nobody_but_by_id(published: Published) -> None:
    published.enrol("p1", 3)
    published.called()
    noted = published.workspace.written.read_text(encoding="utf-8")
    assert "Ada" not in noted
    assert "@" not in noted
    assert json.loads(noted.splitlines()[0])["lead_id"] == "p1"


class Killed(BaseException):
    """The process dies."""


@pytest.mark.parametrize("step", ["noted", "in place"])
def test_a_call_that_dies_writes_once(
    published: Published, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    published.enrol("p1", 3)
    file = published.workspace.nurturing / "due.csv"

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if step == "noted":
            patched.setattr(Path, "replace", die)
        else:
            patched.setattr("orchestration.nurturing.written.sync_to_disk", die)
        with pytest.raises(Killed), Written.opened(published.workspace.written) as written:
            written.write(published.due(), file, AT)
    assert file.exists() == (step == "in place")
    published.called()
    assert [row["lead_id"] for path in published.files for row in rows_of(path)] == ["p1"]
    before = published.workspace.written.read_text(encoding="utf-8")
    assert "Nothing new to write." in published.called().output
    assert published.workspace.written.read_text(encoding="utf-8") == before


def test_half_a_line_is_none(published: Published) -> None:
    published.enrol("p1", 3)
    published.workspace.written.write_text('{"lead_id": "p1", "tra', encoding="utf-8")
    assert published.called().exit_code == 0
    assert len(published.files) == 1
    assert "Nothing new to write." in published.called().output


def test_a_line_that_is_no_note_is_named(published: Published) -> None:
    published.workspace.written.write_text("what\n", encoding="utf-8")
    with (
        pytest.raises(UnusableInputError, match="line 1: not a note"),
        Written.opened(published.workspace.written),
    ):
        pass
