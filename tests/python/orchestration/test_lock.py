"""A second run waits for the first and says for whom; a stranger's hold is an error."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import UnusableInputError
from orchestration.lock import hold
from orchestration.workspace import Workspace

HOLD_IT = """
import sys
from pathlib import Path
from orchestration.lock import hold
from orchestration.workspace import Workspace
with hold(Workspace(Path(sys.argv[1])), print):
    print("held", flush=True)
    sys.stdin.readline()
"""
OPEN_IT = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


def stranger(code: str, warehouse: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_second_run_waits_and_says_for_whom(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    first = stranger(HOLD_IT, warehouse)
    said: list[str] = []
    let_go = threading.Timer(0.5, lambda: first.communicate("\n"))

    def note(message: str) -> None:
        said.append(message)
        let_go.start()

    with hold(Workspace(warehouse), note):
        assert first.wait(10) == 0
    assert f"Another run is using w.duckdb (process {first.pid} on " in said[0]


def test_a_run_that_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    first = stranger(HOLD_IT, tmp_path / "w.duckdb")
    first.kill()
    first.communicate()
    said: list[str] = []
    with hold(Workspace(tmp_path / "w.duckdb"), said.append):
        pass
    assert said == []


def test_a_file_that_another_program_has_open_is_refused(tmp_path: Path) -> None:
    other = stranger(OPEN_IT, tmp_path / "w.duckdb")
    try:
        with (
            pytest.raises(UnusableInputError, match=f"is open by .*PID {other.pid}.*published"),
            hold(Workspace(tmp_path / "w.duckdb"), print),
        ):
            pass
    finally:
        other.communicate("\n")


def test_the_file_is_free_while_it_is_held_for_us(tmp_path: Path) -> None:
    with (
        hold(Workspace(tmp_path / "w.duckdb"), print),
        duckdb.connect(str(tmp_path / "w.duckdb")) as connection,
    ):
        connection.execute("create table t (a int)")
