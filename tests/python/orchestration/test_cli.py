"""Words, exit codes and messages of the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.ingest.load import LoadReport
from orchestration.run import RunRequest


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RunRequest]:
    requests: list[RunRequest] = []

    def run_daily(request: RunRequest, **options: Any) -> int:
        requests.append(request)
        return 1

    monkeypatch.setattr("orchestration.daily.run_daily", run_daily)
    return requests


def test_run_passes_on_what_was_asked_and_the_exit_code(
    asked: list[RunRequest], tmp_path: Path
) -> None:
    result = call(
        *("run", "--raw", tmp_path, "--as-of", "2012-04-01T02:00:00+02:00", "--known-at"),
        *("2012-05-01", "--warehouse", tmp_path / "w.duckdb", "--full-refresh", "--dry-run"),
    )
    assert result.exit_code == 1
    (request,) = asked
    assert request.raw == tmp_path
    assert request.as_of is not None
    assert request.as_of.isoformat() == "2012-04-01T00:00:00+00:00"
    assert request.known_at is not None
    assert (request.full_refresh, request.is_dry) == (True, True)
    assert request.warehouse == tmp_path / "w.duckdb"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--as-of", "soon"], "'soon' is not an instant. Write a date"),
        (["run", "--raw", "nowhere"], "nowhere is not a folder"),
        (["run", "--colour"], "No such option"),
        (["demo", "folder", "--people", "0"], "0 is not in the range"),
        (["explain", "x", "--lang", "de"], "'de' is not one of"),
        (["explain", "x", "--warehouse", "nowhere.duckdb"], "There is no warehouse at"),
        (["status", "--warehouse", "nowhere.duckdb"], "There is no warehouse at"),
        (["stage", "x", "--as-known", "yesterday"], "'yesterday' is not an instant"),
        (["stage", "x", "--warehouse", "nowhere.duckdb"], "There is no warehouse at"),
        (["audit", "verify", "--warehouse", "nowhere.duckdb"], "There is no warehouse at"),
    ],
)
def test_what_cannot_be_used_ends_with_two_and_a_sentence(words: list[str], said: str) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_warehouse(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all, just some text that is long enough\n" * 100)
    result = call("status", "--warehouse", text)
    assert result.exit_code == 2
    assert "cannot be used as a warehouse" in result.output


def test_load_says_what_landed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = LoadReport(1, {"contacts": 1200}, ("contacts.csv",), ignored=("notes.txt",))
    monkeypatch.setattr("orchestration.ingest.load.load_folder", lambda *_, **__: report)
    result = call("load", tmp_path, "--warehouse", tmp_path / "w.duckdb")
    assert result.exit_code == 0
    assert "contacts                  1,200 rows" in result.output
    assert "notes.txt          ignored" in result.output
    monkeypatch.setattr("orchestration.ingest.load.load_folder", lambda *_, **__: LoadReport(None))
    again = call("load", tmp_path, "--warehouse", tmp_path / "w.duckdb")
    assert "Nothing new" in again.output


def test_quick_words_load_nothing_heavy() -> None:
    code = (
        "import sys; from orchestration.cli import main\n"
        "try: main(['run', '--help'], prog_name='leadger')\n"
        "except SystemExit: pass\n"
        "heavy = {'dbt', 'dagster', 'great_expectations', 'duckdb', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--as-of INSTANT" in done.stdout
