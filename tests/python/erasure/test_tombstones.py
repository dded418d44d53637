"""What the loader does with rows of people who were erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.conftest import NOW, Scene
from orchestration.erasure.key import VARIABLE, read_key
from orchestration.erasure.tombstones import TABLES, check_key, keyed_hash
from orchestration.errors import UnusableInputError
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

STAMPS = "2026-05-01T00:00:00Z,2026-05-01T00:00:00Z"
HEADER = "contact_id,email,last_name,merged_into_contact_id,created_at,updated_at\n"
EVENTS = "event_id,occurred_at,event_type,contact_id,email,anonymous_id,page_url\n"


@pytest.fixture
def erased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Contact c1 (c2 is an alias) was erased with ann@example.com; c3 is somebody else."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "in").mkdir()
    scene = Scene(tmp_path)
    scene.put("contacts.csv", HEADER + "".join(f"{c},,,,{STAMPS}\n" for c in ("c1", "c2", "c3")))
    scene.put("events.csv", EVENTS + "seen,2026-05-01,page_view,,,cookie,https://us.example\n")
    scene.load()
    key = read_key(Workspace(scene.warehouse), may_make=True)
    with open_warehouse(scene.warehouse) as connection:
        connection.execute(TABLES)
        check_key(connection, key)
        hashed = keyed_hash("'ann@example.com'", key, connection)
        for contact in ("c1", "c2"):
            connection.execute(
                f"insert into control.erasure_tombstones select ?, 'c1', {hashed}, ?, 'r1'",
                [contact, NOW],
            )
    return scene


def load(scene: Scene, name: str, text: str, columns: str) -> list[tuple[Any, ...]]:
    """Load one file; the rows of its batch, in order."""
    for file in scene.folder.iterdir():
        file.unlink()
    scene.put(name, text)
    batch = scene.load().batch
    table = name.partition(".")[0]
    return scene.rows(f"select {columns} from raw.{table} where _batch = {batch} order by _row")


def test_contacts(erased: Scene) -> None:
    rows = load(
        erased,
        "contacts.csv",
        HEADER
        + f"c1,ann@example.com,Ann,,{STAMPS}\n"
        + f"c2, ANN@example.com ,Ann,,{STAMPS}\n"
        + f"c3,ann@example.com,Bob,,{STAMPS}\n"
        + f"c4,Ann@Example.com,Ann,,{STAMPS}\n"
        + f"c5,cy@example.com,Cy,,{STAMPS}\n"
        + f",ann@example.com,Ann,,{STAMPS}\n"
        + f"c2,ann2@example.com,Ann,c3,{STAMPS}\n",
        "contact_id, email, last_name, merged_into_contact_id",
    )
    assert rows == [
        ("c1", None, None, None),
        ("c2", None, None, None),
        ("c3", None, "Bob", None),
        ("c4", None, None, None),
        ("c5", "cy@example.com", "Cy", None),
        (None, None, None, None),
        ("c2", None, None, "c3"),
    ]
    # who was one person by address still is: the same hash stands for it in every row
    hashes = erased.rows("select contact_id, _erased_email from raw.contacts where _batch = 2")
    ann = dict(hashes)["c1"]
    assert ann.startswith("erased-") and ann.endswith("@erased.invalid")
    assert [contact for contact, hashed in hashes if hashed == ann] == [
        "c1",
        "c2",
        "c3",
        "c4",
        None,
    ]
    buried = "select lead_id from control.erasure_tombstones where contact_id = 'c4'"
    assert erased.rows(buried) == [("c1",)]


def test_events(erased: Scene) -> None:
    rows = load(
        erased,
        "events.csv",
        EVENTS
        + "n1,2026-05-02,page_view,c2,ann@example.com,cookie,https://us.example/a?me=ann\n"
        + "n2,2026-05-02,page_view,,Ann@example.com,cookie,\n"
        + "n3,2026-05-02,page_view,c3,ann@example.com,cookie-of-c3,\n"
        + "n4,2026-05-02,page_view,unknown,ann@example.com,,\n"
        + "n5,2026-05-02,page_view,c3,,cookie-of-c3,https://us.example/?b=1\n"
        + "seen,2026-05-01,page_view,,,cookie,https://us.example#ann\n",
        "event_id, contact_id, email, anonymous_id, page_url",
    )
    assert rows == [
        ("n1", "c2", None, None, "https://us.example/a"),
        ("n2", None, None, None, None),
        ("n3", "c3", None, "cookie-of-c3", None),
        ("n4", "unknown", None, None, None),
        ("n5", "c3", None, "cookie-of-c3", "https://us.example/?b=1"),
        ("seen", None, None, None, "https://us.example"),
    ]
    # the cookie is one in every row, those that landed before among them
    cookies = erased.rows("select event_id, _erased_cookie from raw.events order by 1, 2")
    (ours,) = {cookie for _, cookie in cookies if cookie is not None}
    assert ours.startswith("erased-")
    assert [event for event, cookie in cookies if cookie == ours] == ["n1", "n2", "seen", "seen"]


def test_consents_and_reasons(erased: Scene) -> None:
    header = "consent_id,contact_id,email,occurred_at,kind\n"
    rows = load(
        erased,
        "consents.csv",
        header + "k1,,ann@example.com,2026-05-02,opt_in\nk2,c3,bob@example.com,2026-05-02,opt_in\n",
        "contact_id, email",
    )
    assert rows == [(None, None), ("c3", "bob@example.com")]
    header = "activity_id,contact_id,occurred_at,activity_type,verdict,reason\n"
    rows = load(
        erased,
        "sales_activities.csv",
        header
        + "a1,c1,2026-05-02,handoff,recycled,Ann left\na2,c1,2026-05-02,handoff,recycled,no_need\n"
        + "a3,c3,2026-05-02,handoff,recycled,Bob left\na4,c1,2026-05-02,call,,\n",
        "reason",
    )
    assert rows == [("erased",), ("no_need",), ("Bob left",), (None,)]


def test_nothing_lands_without_the_key(erased: Scene) -> None:
    Workspace(erased.warehouse).erasure_key.unlink()
    before = erased.everything()
    erased.put("contacts.csv", HEADER + f"c9,,,,{STAMPS}\n")
    with pytest.raises(UnusableInputError, match="key of the erasure tombstones is missing"):
        erased.load()
    assert erased.everything() == before
