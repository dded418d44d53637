"""What is appended, how it is stamped, and what a second load does."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ingest.conftest import CONTACTS, NOW, Scene
from orchestration.errors import UnusableInputError
from orchestration.ingest.contract import TABLES
from orchestration.ingest.load import create_raw_tables, discard_batch, load_folder
from orchestration.warehouse import open_warehouse

REPS = "rep_id,updated_at\nr1,2026-01-01\n"


def test_first_load_makes_every_table_and_stamps_rows(scene: Scene) -> None:
    scene.put("contacts.csv", CONTACTS)
    report = scene.load()
    assert (report.batch, report.rows) == (1, {"contacts": 2})
    assert (report.loaded, report.files_loaded, report.files_known) == (("contacts.csv",), 1, 0)
    assert scene.rows(
        "select contact_id, email, updated_at, _loaded_at, _batch, _row, _file from raw.contacts"
    ) == [
        ("c1", "a@example.com", datetime(2026, 1, 2), NOW, 1, 1, "contacts.csv"),
        ("c2", None, datetime(2026, 1, 2, 10, 30), NOW, 1, 2, "contacts.csv"),
    ]
    for table in TABLES:
        described = scene.rows(f"describe raw.{table.name}")
        wanted = [(c.name, c.type.value) for c in table.stored]
        assert [row[:2] for row in described] == wanted


def test_bookkeeping(scene: Scene) -> None:
    path = scene.put("contacts.csv", CONTACTS)
    scene.put("reps.csv", REPS)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    scene.load()
    assert scene.rows("from raw._batches") == [(1, NOW, str(scene.folder.resolve()), 3)]
    assert scene.rows("from raw._files order by table_name")[0] == (
        1,
        "contacts",
        "contacts.csv",
        digest,
        2,
    )


def test_folder_loaded_twice_changes_nothing(scene: Scene) -> None:
    scene.put("contacts.csv", CONTACTS)
    scene.load()
    before, content = scene.everything(), scene.warehouse.read_bytes()
    report = scene.load()
    assert (report.batch, report.rows, report.known) == (None, {}, ("contacts.csv",))
    assert scene.everything() == before
    assert scene.warehouse.read_bytes() == content


def test_same_content_under_another_name_is_known(loaded: Scene) -> None:
    loaded.put("contacts/part-9.csv", CONTACTS)
    assert loaded.load().batch is None


def test_same_content_of_another_table_is_new(scene: Scene) -> None:
    content = "contact_id,email,consent_id,occurred_at,kind,created_at,updated_at\n"
    scene.put("contacts.csv", content)
    scene.put("consents.csv", content)
    assert scene.load().loaded == ("contacts.csv", "consents.csv")


def test_only_new_files_make_the_second_batch(loaded: Scene) -> None:
    loaded.put("contacts/a.csv", CONTACTS)
    loaded.put("contacts/b.csv", CONTACTS.replace("c1", "c3"))
    report = loaded.load()
    assert (report.batch, report.rows) == (2, {"contacts": 2})
    assert report.known == ("contacts/a.csv",)
    assert loaded.rows("select contact_id, _batch, _row from raw.contacts order by all") == [
        ("c1", 1, 1),
        ("c2", 1, 2),
        ("c2", 2, 2),
        ("c3", 2, 1),
    ]


def test_part_files_land_in_byte_order_whatever_their_kind(scene: Scene) -> None:
    scene.put("events/b.csv", "event_id,occurred_at,event_type\nb1,2026-01-01,x\nb2,2026-01-01,x\n")
    scene.put("events/é.csv", "event_id,occurred_at,event_type\né1,2026-01-01,x\n")
    scene.put("events/Z.csv", "event_id,occurred_at,event_type\nZ1,2026-01-01,x\n")
    scene.put_parquet(
        "events/a.parquet", "select 1 event_id, date '2026-01-01' occurred_at, 'x' event_type"
    )
    scene.put("events/_SUCCESS", "")
    report = scene.load()
    assert scene.rows("select _row, event_id, _file from raw.events order by _row") == [
        (1, "Z1", "events/Z.csv"),
        (2, "1", "events/a.parquet"),
        (3, "b1", "events/b.csv"),
        (4, "b2", "events/b.csv"),
        (5, "é1", "events/é.csv"),
    ]
    assert report.ignored == ("events/_SUCCESS",)


def test_loaded_at_of_the_file_wins_and_gaps_are_filled(scene: Scene) -> None:
    scene.put(
        "reps.csv",
        "rep_id,updated_at,_loaded_at,_batch\nr1,2026-01-01,2026-01-03T01:00:00+01:00,77\n"
        "r2,2026-01-01,,78\n",
    )
    report = scene.load()
    assert scene.rows("select _loaded_at, _batch from raw.reps order by _row") == [
        (datetime(2026, 1, 3), 1),
        (NOW, 1),
    ]
    assert report.unknown_columns == {"reps.csv": ("_batch",)}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 6, 1, 12),
        datetime(2026, 6, 1, 12, tzinfo=UTC),
        datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_now_is_kept_in_utc(scene: Scene, now: datetime) -> None:
    scene.put("reps.csv", REPS)
    load_folder(scene.warehouse, scene.folder, now=now)
    assert scene.rows("select _loaded_at from raw.reps") == [(datetime(2026, 6, 1, 12),)]


def test_names_outside_the_contract_are_named_not_loaded(scene: Scene) -> None:
    scene.put("contacts.csv", CONTACTS.replace("email", "E-mail 2"))
    scene.put("invoices.csv", "a,b\n")
    scene.put("old/contacts.csv", CONTACTS)
    report = scene.load()
    assert report.ignored == ("invoices.csv", "old")
    assert report.unknown_columns == {"contacts.csv": ("E-mail 2",)}
    assert scene.rows("select email from raw.contacts") == [(None,), (None,)]


def test_duplicate_ids_and_odd_values_load(scene: Scene) -> None:
    """Rules are for the quarantine; the loader minds only form and type."""
    scene.put(
        "events.csv",
        "event_id,occurred_at,event_type,contact_id\n"
        "e1,1970-01-01,download,c1\ne1,2199-12-31T23:59:59Z,no_such_type,nobody\n,0001-01-01,,\n",
    )
    assert scene.load().rows == {"events": 3}
    assert scene.rows("select event_id, year(occurred_at) from raw.events order by _row") == [
        ("e1", 1970),
        ("e1", 2199),
        (None, 1),
    ]


def test_a_cell_of_five_megabytes_loads(scene: Scene) -> None:
    text = "é,\n" * (5 * 1024 * 1024 // 4)
    scene.put("reps.csv", f'rep_id,name,updated_at\nr1,"{text}",2026-01-01\nr2,,2026-01-01\n')
    assert scene.load().rows == {"reps": 2}
    assert scene.rows("select name from raw.reps where rep_id = 'r1'") == [(text,)]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + CONTACTS,
        CONTACTS.replace("\n", "\r\n"),
        CONTACTS.replace("\n", "\r"),
        CONTACTS.replace("\n", "\r\n", 1),
        CONTACTS.replace("\n", "\n\n"),
        "\n\n" + CONTACTS,
        CONTACTS.rstrip("\n"),
        CONTACTS.replace("c1,", '"c1",').replace("a@example.com", '"a@example.com"'),
        CONTACTS.replace("c2,,", 'c2,"",'),
        CONTACTS.replace("contact_id,email", " Contact_ID , EMAIL "),
    ],
    ids=[
        *("bom", "crlf", "cr", "mixed", "blank", "leading-blank", "no-eol"),
        *("quoted", "quoted-null", "header-case"),
    ],
)
def test_forms_of_csv_that_mean_the_same(scene: Scene, content: str) -> None:
    scene.put("contacts.csv", content)
    scene.load()
    assert scene.rows("select contact_id, email from raw.contacts order by _row") == [
        ("c1", "a@example.com"),
        ("c2", None),
    ]


def test_header_without_rows_is_a_file(scene: Scene) -> None:
    scene.put("reps.csv", "rep_id,updated_at\n")
    report = scene.load()
    assert (report.batch, report.rows) == (1, {"reps": 0})


@pytest.mark.parametrize("name", ['it\'s a "test" [1] {2} *', "raw", "50%?"])
def test_odd_names_of_folder_and_warehouse(tmp_path: Path, name: str) -> None:
    scene = Scene(tmp_path / name)
    scene.put("contacts/it's [1].csv", CONTACTS)
    warehouse = tmp_path / f"{name}.duckdb"
    load_folder(warehouse, scene.folder, now=NOW)
    with open_warehouse(warehouse) as connection:
        database = connection.execute("select current_database()").fetchall()[0][0]
        quoted = '"' + database.replace('"', '""') + '"'
        query = f"select count(*), min(_file) from {quoted}.raw.contacts"
        assert connection.execute(query).fetchall() == [(2, "contacts/it's [1].csv")]


def test_file_name_that_is_no_text(scene: Scene) -> None:
    parts = scene.folder / "reps"
    parts.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(parts) + b"/caf\xe9.csv")).write_text(REPS)
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    scene.load()
    assert scene.rows("select _file from raw.reps") == [("reps/caf\ufffd.csv",)]


def test_create_raw_tables_adds_a_column_the_contract_has_gained(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        connection.execute("create schema raw; create table raw.reps (rep_id varchar)")
        connection.execute("create view raw.deals as select 1 as deal_id")
        create_raw_tables(connection)
        create_raw_tables(connection)
        assert connection.execute("select _batch, is_active from raw.reps").fetchall() == []
        assert connection.execute("from raw.deals").fetchall() == [(1,)]


def test_a_file_for_a_view_is_refused(scene: Scene) -> None:
    with open_warehouse(scene.warehouse) as connection:
        connection.execute("create schema raw; create view raw.reps as select 'r' as rep_id")
    scene.put("reps.csv", REPS)
    with pytest.raises(UnusableInputError, match=r"raw\.reps is a view"):
        scene.load()


def test_discarded_batch_leaves_what_was_before_and_its_number_unused(loaded: Scene) -> None:
    before = loaded.everything()
    loaded.put("contacts.csv", CONTACTS.replace("c1", "c3"))
    loaded.put("reps.csv", REPS)
    assert loaded.load().batch == 2
    assert discard_batch(loaded.warehouse, 2) == 3
    after = loaded.everything()
    assert after.pop("_batches")[1] == (2, NOW, str(loaded.folder.resolve()), 0)
    assert before.pop("_batches") == [(1, NOW, str(loaded.folder.resolve()), 2)]
    assert after == before
    assert loaded.load().batch == 3
    assert discard_batch(loaded.warehouse, 2) == 0


@pytest.mark.parametrize("batch", [0, 9])
def test_discarding_what_is_not_there(loaded: Scene, batch: int) -> None:
    with pytest.raises(UnusableInputError, match=f"no batch {batch}"):
        discard_batch(loaded.warehouse, batch)
    with pytest.raises(UnusableInputError, match="does not exist"):
        discard_batch(loaded.root / "other.duckdb", batch)


def test_real_funnel_loads_whole(scene: Scene) -> None:
    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("LEADGER_REAL_DATA", default)) / "lending_funnel"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set LEADGER_REAL_DATA")
    report = load_folder(scene.warehouse, folder, now=NOW)
    assert report.rows == {
        "contacts": 13087,
        "events": 16541,
        "sales_activities": 55258,
        "deals": 9703,
    }
    assert scene.rows("select count(*) from raw.events where occurred_at is null") == [(0,)]
