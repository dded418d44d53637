"""What names a warehouse, and how statements are put to PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Database, parse_place
from orchestration.warehouse.postgres import in_psycopg2_words
from orchestration.workspace import DEFAULT_WAREHOUSE, Workspace


@pytest.mark.parametrize("text", ["w.duckdb", "/a/b c.duckdb", "C:w.duckdb"])
def test_a_path_is_a_file(text: str) -> None:
    assert parse_place(text) == Path(text)


def test_an_address_is_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGUSER", "PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    place = parse_place("postgresql://ada@db.example:6543/leads")
    assert place == Database("ada", "db.example", 6543, "leads")
    assert str(place) == "postgresql://ada@db.example:6543/leads"
    assert parse_place("postgres://ada@h/leads") == Database("ada", "h", 5432, "leads")
    assert parse_place("postgresql://a%40b@[::1]/my%20leads") == Database(
        "a@b", "::1", 5432, "my leads"
    )
    assert str(parse_place("postgresql://a%40b@[::1]/my%20leads")) == (
        "postgresql://a%40b@[::1]:5432/my%20leads"
    )


def test_what_an_address_leaves_out_comes_from_libpqs_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"PGUSER": "bob", "PGHOST": "far", "PGPORT": "7"}.items():
        monkeypatch.setenv(name, value)
    assert parse_place("postgresql:///leads") == Database("bob", "far", 7, "leads")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada:hunter2@db/leads",
        "postgresql://ada:@db/leads",
        "postgresql://ada@db/leads?password=hunter2",
    ],
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UnusableInputError, match="PGPASSWORD") as refused:
        parse_place(text)
    assert "hunter2" not in str(refused.value)
    said = CliRunner().invoke(main, ["status", "--warehouse", text])
    assert said.exit_code == 2
    assert "PGPASSWORD" in said.output
    assert "hunter2" not in said.output


@pytest.mark.parametrize(
    "text",
    [
        "mysql://ada@db/leads",
        "postgresql://ada@db",
        "postgresql://ada@db/leads/more",
        "postgresql://ada@db:port/leads",
        "postgresql://ada@db/leads?sslmode=require",
    ],
)
def test_what_is_no_address_is_refused_with_a_remedy(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGUSER", raising=False)
    with pytest.raises(UnusableInputError, match="postgresql://user@host:port/database"):
        parse_place(text)


def test_files_of_a_database_are_the_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGER_WAREHOUSE", "postgresql://ada@db/leadger")
    found = Workspace.locate()
    assert found.outbox == DEFAULT_WAREHOUSE.parent / "leadger.postgres.outbox"
    assert found.outbox != Workspace(DEFAULT_WAREHOUSE).outbox
    assert found.readers == found.warehouse
    assert found.folder == DEFAULT_WAREHOUSE.parent


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("select ?", "select %s"),
        ("select '?', $name, 5 % 2", "select '?', %(name)s, 5 %% 2"),
        ("select 'it''s 100%?' -- why?", "select 'it''s 100%%?' -- why?"),
        ('select "a?%" || $b', 'select "a?%%" || %(b)s'),
    ],
)
def test_placeholders(ours: str, theirs: str) -> None:
    assert in_psycopg2_words(ours) == theirs
