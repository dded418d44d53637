"""Making a demo folder: what is refused, what is replaced, and that nothing is half-written."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.demo import generate
from orchestration.demo.generate import MARKER, make_demo
from orchestration.errors import UnusableInputError
from orchestration.ingest.contract import TABLES_BY_NAME

UNTIL = date(2026, 6, 30)


def test_writes_every_table_and_says_how_many_rows(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "demo"
    rows = make_demo(folder, people=50, seed=1, until=UNTIL)

    assert rows.keys() == TABLES_BY_NAME.keys()
    marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    assert (marker["people"], marker["seed"], marker["until"]) == (50, 1, "2026-06-30")
    assert marker["rows"] == rows
    lines = (folder / "reps.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == rows["reps"] + 1
    assert [entry.name for entry in folder.parent.iterdir()] == ["demo"]


def test_ends_today_unless_told_otherwise(tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    make_demo(tmp_path / "demo", people=1, seed=1)
    marker = json.loads((tmp_path / "demo" / MARKER).read_text(encoding="utf-8"))
    assert before <= date.fromisoformat(marker["until"]) <= datetime.now(UTC).date()


def test_an_earlier_demo_is_replaced_by_equal_or_other_rows(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_demo(folder, people=30, seed=1, until=UNTIL)
    first = {file.name: file.read_bytes() for file in folder.glob("*.csv")}

    make_demo(folder, people=30, seed=1, until=UNTIL)
    assert {file.name: file.read_bytes() for file in folder.glob("*.csv")} == first

    make_demo(folder, people=31, seed=1, until=UNTIL)
    assert (folder / "contacts.csv").read_bytes() != first["contacts.csv"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    make_demo(tmp_path, people=5, seed=1, until=UNTIL)
    assert (tmp_path / "contacts.csv").exists()


@pytest.mark.parametrize("people", [0, -5])
def test_nobody_is_refused(tmp_path: Path, people: int) -> None:
    with pytest.raises(UnusableInputError, match="at least 1"):
        make_demo(tmp_path / "demo", people=people, seed=1)
    assert not (tmp_path / "demo").exists()


def test_seeds_and_days_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="seed"):
        make_demo(tmp_path / "demo", people=1, seed=2**63)
    with pytest.raises(UnusableInputError, match="until"):
        make_demo(tmp_path / "demo", people=1, seed=1, until=date(1980, 1, 1))


def test_negative_seeds_are_seeds(tmp_path: Path) -> None:
    make_demo(tmp_path / "demo", people=5, seed=-(2**63), until=UNTIL)


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UnusableInputError, match="holds no earlier demo"):
        make_demo(tmp_path, people=5, seed=1, until=UNTIL)
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_somebody_elses_file_in_a_demo_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_demo(folder, people=5, seed=1, until=UNTIL)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UnusableInputError, match=r"notes\.txt"):
        make_demo(folder, people=5, seed=1, until=UNTIL)
    assert (folder / "notes.txt").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "demo"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UnusableInputError, match="is a file"):
        make_demo(file, people=5, seed=1, until=UNTIL)
    with pytest.raises(UnusableInputError, match="cannot be made a folder"):
        make_demo(file / "below", people=5, seed=1, until=UNTIL)


def test_a_failure_leaves_the_earlier_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo"
    make_demo(folder, people=5, seed=1, until=UNTIL)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def fail(new: Path, *_: object, **__: object) -> dict[str, int]:
        (new / "contacts.csv").write_text("half", encoding="utf-8")
        raise OSError("disk full")

    monkeypatch.setattr(generate, "write_tables", fail)
    with pytest.raises(OSError, match="disk full"):
        make_demo(folder, people=9, seed=2, until=UNTIL)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo"]
