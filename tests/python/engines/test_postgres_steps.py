"""Loader, run log, work and lock do on PostgreSQL what they do on DuckDB."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg2
import pytest

from engines.conftest import Query
from engines.postgres_server import Server
from orchestration.definition_guard import read_definitions
from orchestration.erasure.key import VARIABLE
from orchestration.erasure.tombstones import TABLES as ERASURES
from orchestration.erasure.tombstones import check_key, keyed_hash
from orchestration.errors import InputProblemsError, UnusableInputError
from orchestration.ingest.contract import TABLES
from orchestration.ingest.load import discard_batch, load_folder
from orchestration.lock import hold
from orchestration.run import DEFINITIONS
from orchestration.run_log import RunLog, StepRecord
from orchestration.warehouse import Database, Place, open_warehouse
from orchestration.work import Publication, Sources, latest_publication, record_publication
from orchestration.workspace import Workspace

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
STAMPS = "2026-05-01T08:00:00Z,2026-05-02T08:00:00.000001Z"
CONTACTS = (
    "contact_id,company_id,email,first_name,last_name,is_deleted,created_at,updated_at\n"
    f'c1,,"ann@example.com","O\'Hara, ""Ann""","Línea\nnueva",false,{STAMPS}\n'
    f"c2,k1,bob@example.com,\\.,\\N,true,{STAMPS}\n"
    f"c3,k1,,,,,{STAMPS}\n"
)
EVENTS = (
    "event_id,occurred_at,event_type,contact_id,email,anonymous_id,page_url,properties\n"
    "e1,2026-05-01,page_view,c1,,cookie-1,https://us.example/a?q=1,"
    '"{""a"": [1, null], ""b"": ""%é""}"\n'
    "e2,2026-05-02T10:00:00+02:00,page_view,,ann@example.com,,,\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "in"
    files.mkdir()
    for name, text in (("contacts", CONTACTS), ("events", EVENTS)):
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    return files


def rows_of(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Everything in schema raw."""
    with open_warehouse(place) as connection:
        return {
            table: sorted(
                connection.execute(
                    f"select {', '.join(columns)} from {connection.schema('raw')}.{table}"
                ).fetchall(),
                key=repr,
            )
            for table, columns in connection.columns("raw").items()
        }


def test_the_same_rows_land(database: Database, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    for place in (file, database):
        report = load_folder(place, folder, now=NOW)
        assert report.rows == {"contacts": 3, "events": 2}
        again = load_folder(place, folder, now=LATER)
        assert (again.batch, again.files_known) == (None, 2)
    landed = rows_of(database)
    assert landed == rows_of(file)
    assert set(landed) >= {table.name for table in TABLES}
    assert {row[0] for row in landed["contacts"]} == {"c1", "c2", "c3"}


def test_types_are_the_contracts(database: Database, folder: Path, query: Query) -> None:
    load_folder(database, folder, now=NOW)
    rows = query(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'raw' and table_name in ('events', 'contacts', 'deals')"
    )
    found = {str(name): kind for name, kind in rows}
    assert found["properties"] == "json"
    assert found["occurred_at"] == "timestamp without time zone"
    assert found["is_deleted"] == "boolean"
    assert found["_batch"] == "bigint"


def test_a_problem_changes_nothing(database: Database, folder: Path) -> None:
    load_folder(database, folder, now=NOW)
    before = rows_of(database)
    (folder / "contacts.csv").write_text(CONTACTS.replace("true", "perhaps"), encoding="utf-8")
    with pytest.raises(InputProblemsError, match="perhaps"):
        load_folder(database, folder, now=LATER)
    assert rows_of(database) == before


def test_a_batch_is_taken_out_again(database: Database, folder: Path, query: Query) -> None:
    load_folder(database, folder, now=NOW)
    assert discard_batch(database, 1) == 5
    assert query("select batch, rows from raw._batches") == [(1, 0)]
    assert query("select count(*) from raw.contacts") == [(0,)]
    assert load_folder(database, folder, now=LATER).batch == 2
    with pytest.raises(UnusableInputError, match="no batch 9"):
        discard_batch(database, 9)


def test_who_was_erased_lands_without_personal_data(
    database: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "a key that is long enough"
    monkeypatch.setenv(VARIABLE, key)
    file = tmp_path / "w.duckdb"
    for place in (file, database):
        with open_warehouse(place) as connection:
            connection.execute(ERASURES)
            check_key(connection, key)
            hashed = keyed_hash("'ann@example.com'", key, connection)
            connection.execute(
                "insert into control.erasure_tombstones "
                f"select ?, 'c1', {hashed}, cast(? as timestamp), 'r1'",
                ["c1", NOW.replace(tzinfo=None)],
            )
        load_folder(place, folder, now=NOW)
    assert rows_of(database) == rows_of(file)
    assert "ann@example.com" not in repr(rows_of(database))
    assert "bob@example.com" in repr(rows_of(database))
    with open_warehouse(database) as connection:
        said = connection.execute("select * from control.erased_cookies").fetchall()
    with open_warehouse(file) as connection:
        assert said == connection.execute("select * from control.erased_cookies").fetchall()
    assert len(said) == 1


def test_the_key_of_the_tombstones_is_in_no_statement(database: Database) -> None:
    key = "a key that is long enough"
    with open_warehouse(database) as connection:
        hashed = keyed_hash("'a'", key, connection)
        assert key not in hashed
        assert connection.execute(f"select {hashed}").fetchone() == (
            sha256(f"{key}\x1fa".encode()).hexdigest(),
        )


def test_the_run_log(database: Database) -> None:
    log = RunLog(database)
    definitions = read_definitions(DEFINITIONS)
    used = definitions.used_at(NOW)
    instant = NOW.replace(tzinfo=None)
    with log.held():
        log.prepare()
        log.start("r1", NOW, instant, None, is_regular=True, started_by="Zoé 100%")
        log.start("r1", NOW, instant, instant, is_regular=False, started_by="again?")
        steps = [StepRecord("arrival_staging", "done", 0.5, {"verified_batch": 7})]
        log.finish("r1", "done", {"said": "100% sûr?"}, steps, (definitions, used))
        log.finish("r1", "done", {"said": "100% sûr?"}, steps, (definitions, used))
    (run,) = log.recent(5)
    assert (run.state, run.started_by, run.summary) == ("done", "again?", {"said": "100% sûr?"})
    assert (run.as_of, run.known_at, run.is_regular) == (instant, instant, False)
    assert log.steps("r1") == steps
    assert log.verified_batch() == 7
    assert log.raw_batches() == []
    assert log.used_definitions() == {version: definitions.content(version) for version in used}
    log.note_seeded("seeds")
    assert log.seeded() == "seeds"
    log.note_seeded(None)
    assert log.seeded() is None
    log.start("r2", NOW, instant, None, is_regular=True, started_by="")
    log.prepare()
    assert {each.run_id: each.state for each in log.recent(5)} == {"r1": "done", "r2": "failed"}


def test_a_publication_is_read_as_it_was_written(database: Database) -> None:
    log = RunLog(database)
    assert log.latest_as_of() is None
    log.prepare()
    instant = NOW.replace(tzinfo=None)
    sources = Sources({"v1": (instant, "one")}, "seeds", "words", "code")
    written = Publication("r1", instant, 3, instant, sources)
    with open_warehouse(database) as connection:
        record_publication(connection, written)
        assert latest_publication(connection) == written
    assert log.latest_as_of() == instant


def test_a_reader_cannot_write(database: Database) -> None:
    with (
        open_warehouse(database, read_only=True) as connection,
        pytest.raises(psycopg2.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("create schema control")


def test_the_next_run_waits_and_says_for_whom(space: Workspace) -> None:
    told: list[str] = []
    order: list[str] = []
    is_waiting = threading.Event()

    def note(message: str) -> None:
        told.append(message)
        is_waiting.set()

    def second() -> None:
        with hold(space, note):
            order.append("second")

    with hold(space, told.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert is_waiting.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    assert len(told) == 1
    assert told[0].startswith(f"Another run is using {space.warehouse.name} (leadger (process ")


def test_a_database_in_a_languages_order_is_refused(
    postgres: Server, database: Database, space: Workspace
) -> None:
    name = f"{database.name}_en"
    postgres.psql(
        f'create database "{name}" template template0 locale_provider icu icu_locale "en" '
        "lc_collate 'C' lc_ctype 'C'"
    )
    place = Database(database.user, database.host, database.port, name)
    with pytest.raises(UnusableInputError, match="template template0 encoding 'UTF8'"):
        RunLog(place).prepare()
    postgres.psql(f'drop database "{name}"')


def test_a_server_that_does_not_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "not the password")
    with pytest.raises(UnusableInputError, match="cannot be reached") as refused:
        RunLog(database).prepare()
    assert "not the password" not in str(refused.value)
    nobody = Database(database.user, database.host, 1, database.name)
    with pytest.raises(UnusableInputError, match="cannot be reached"):
        RunLog(nobody).prepare()


def test_a_run_whose_lock_is_lost_does_nothing_more(space: Workspace) -> None:
    with hold(space, print):
        with open_warehouse(space.warehouse) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_catalog.pg_locks "
                "where locktype = 'advisory' and pid <> pg_backend_pid()"
            ).fetchall()
        with (
            pytest.raises(UnusableInputError, match="another run may be at work"),
            open_warehouse(space.warehouse),
        ):
            pass
