"""An erasure on PostgreSQL leaves what it leaves on DuckDB, and no bytes in the server's tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engines.conftest import Query
from engines.copying import copy_tables
from engines.postgres_server import Server
from erasure.conftest import AS_OF, FILES, IDENTITY, NEEDLES, NOW, REQUEST, SCHEMAS, Scene
from orchestration.crm.files import FilesDestination
from orchestration.crm.mapping import read_mapping
from orchestration.crm.sync import sync
from orchestration.erasure.carry_out import carry_out
from orchestration.erasure.erase import pending
from orchestration.erasure.key import VARIABLE
from orchestration.ingest.load import load_folder
from orchestration.warehouse import Database, Place, open_warehouse
from orchestration.workspace import Workspace

pytestmark = pytest.mark.postgres

STAYING = ("raw", "control", "crm_sync", "marts")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Loaded, built, told to the CRM; then the request arrived and identities were built."""
    made = Scene.make(tmp_path / "sandbox")
    made.load(made.put("first", FILES), now=NOW)
    made.build(AS_OF)
    made.tell_the_crm("first")
    made.leave_traces()
    made.load(made.put("request", REQUEST), now=NOW)
    made.build(AS_OF, *IDENTITY)
    return made


def rows_of(place: Place) -> dict[str, list[str]]:
    """Every row of what stays, as text."""
    with open_warehouse(place) as connection:
        return {
            f"{schema}.{table}": sorted(
                map(
                    _shown,
                    connection.execute(
                        f"select {', '.join(columns)} from {connection.schema(schema)}.{table}"
                    ).fetchall(),
                )
            )
            for schema in STAYING
            for table, columns in connection.columns(schema).items()
        }


def _shown(row: tuple[object, ...]) -> str:
    """Amounts alike, whether a driver gives them as decimals or as floats."""
    return repr([float(each) if isinstance(each, Decimal) else each for each in row])


def needles_on_disk(folder: Path) -> list[str]:
    """Needles in the files of the server's tables; its log of changes is the backup's affair."""
    found = set()
    for path in sorted((folder / "base").rglob("*")):
        if path.is_file():
            content = path.read_bytes().lower()
            found |= {needle for needle in NEEDLES if needle.encode() in content}
    return sorted(found)


def test_the_same_is_erased(
    scene: Scene,
    postgres: Server,
    database: Database,
    query: Query,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "a key that is long enough")
    copy_tables(scene.warehouse, database)
    query("checkpoint")
    assert needles_on_disk(postgres.folder)
    theirs = Workspace(database, tmp_path / "beside")
    theirs.outbox.mkdir(parents=True)
    (theirs.outbox / "crm-died.part").write_text("Zephyrine", encoding="utf-8")
    reports = [
        carry_out(space, run_id="erases", now=NOW, schemas=SCHEMAS, traces=scene.traces)
        for space in (scene.workspace, theirs)
    ]
    ours, other = reports
    assert ours is not None
    assert other is not None
    assert (other.people, other.contacts) == (("z1",), ("z1", "z2", "z3"))
    assert (other.rows, other.dropped_schemas) == (ours.rows, ours.dropped_schemas)
    assert rows_of(database) == rows_of(scene.warehouse)
    assert not any(needle in repr(rows_of(database)).lower() for needle in NEEDLES)
    query("checkpoint")
    assert needles_on_disk(postgres.folder) == []
    assert list(theirs.outbox.iterdir()) == []

    again = scene.put("again", {name: text + "\n" for name, text in FILES.items()})
    for place in (scene.warehouse, database):
        load_folder(place, again, now=NOW)
    assert rows_of(database) == rows_of(scene.warehouse)
    query("checkpoint")
    assert needles_on_disk(postgres.folder) == []
    assert not any(needle in repr(rows_of(database)).lower() for needle in NEEDLES)


def test_nobody_is_pending_in_an_empty_one(database: Database, query: Query) -> None:
    for statement in (
        "create schema staging",
        "create schema intermediate",
        "create table staging.stg_consents (contact_id varchar, email varchar, kind varchar)",
        "create table intermediate.int_lead_aliases (contact_id varchar, lead_id varchar)",
        "create table intermediate.int_email_owners (email varchar, lead_id varchar)",
    ):
        query(statement)
    with open_warehouse(database) as connection:
        assert pending(connection, SCHEMAS) == []


def test_the_crm_is_told_the_same_afterwards(
    scene: Scene, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "a key that is long enough")
    copy_tables(scene.warehouse, database)
    spaces = (scene.workspace, Workspace(database, tmp_path / "beside"))
    told = []
    for space in spaces:
        carry_out(space, run_id="erases", now=NOW, schemas=SCHEMAS, traces=scene.traces)
        report = sync(
            space,
            run_id="after",
            destination=FilesDestination(space.outbox, read_mapping("files")),
            started_by="tests",
            dry_run=True,
        )
        assert report.file is not None
        told.append((report.planned, report.file.read_text(encoding="utf-8")))
    assert told[0] == told[1]
