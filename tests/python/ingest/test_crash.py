"""A load that is killed, and two processes that want the same warehouse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from ingest.conftest import CONTACTS, Scene
from orchestration.errors import UnusableInputError

ROWS = 150_000
ROOT = Path(__file__).resolve().parents[3]
LOAD = """
import sys
from datetime import datetime
from pathlib import Path
from orchestration.ingest import load
if sys.argv[3] == "in transaction":
    bookkeep = load._append
    def append(*args):
        batch = bookkeep(*args)
        print("appended", flush=True)
        sys.stdin.read()
        return batch
    load._append = append
print("started", flush=True)
load.load_folder(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime(2026, 6, 1))
"""
HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for found in process.stdout:
        if found.strip() == line:
            return
    pytest.fail(f"the process ended before it said {line!r}")


def put_many_events(scene: Scene) -> None:
    scene.put_parquet(
        "events.parquet",
        "select 'e' || i as event_id, now() as occurred_at, md5(i::varchar) as event_type, "
        f"md5(i::varchar) as page_url from range({ROWS}) t(i)",
    )


@pytest.mark.parametrize("delay", [0.3, 0.8])
def test_killed_at_any_moment(loaded: Scene, delay: float) -> None:
    before = loaded.everything()
    put_many_events(loaded)
    process = start(LOAD, loaded.warehouse, loaded.folder, "at once")
    wait_for(process, "started")
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if loaded.rows("select count(*) from raw.events") == [(0,)]:
        assert loaded.everything() == before
        assert loaded.load().rows == {"events": ROWS}
    assert loaded.load().batch is None
    assert loaded.rows("select count(*), max(_row), max(_batch) from raw.events") == [
        (ROWS, ROWS, 2)
    ]


def test_killed_before_the_commit(loaded: Scene) -> None:
    before = loaded.everything()
    put_many_events(loaded)
    process = start(LOAD, loaded.warehouse, loaded.folder, "in transaction")
    wait_for(process, "appended")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert loaded.everything() == before
    report = loaded.load()
    assert (report.batch, report.rows) == (2, {"events": ROWS})
    assert loaded.load().batch is None


def test_warehouse_held_by_another_process(loaded: Scene) -> None:
    before = loaded.everything()
    loaded.put("contacts.csv", CONTACTS.replace("c1", "c3"))
    process = start(HOLD, loaded.warehouse)
    try:
        wait_for(process, "open")
        with pytest.raises(UnusableInputError) as caught:
            loaded.load()
    finally:
        process.communicate("")
    assert f"PID {process.pid}" in str(caught.value)
    assert "wait until that process has ended" in str(caught.value)
    assert loaded.everything() == before
    assert loaded.load().batch == 2


def test_warehouse_open_in_this_process_is_shared(loaded: Scene) -> None:
    loaded.put("contacts.csv", CONTACTS.replace("c1", "c3"))
    with duckdb.connect(str(loaded.warehouse)) as connection:
        assert loaded.load().batch == 2
        assert connection.execute("select count(*) from raw.contacts").fetchall() == [(4,)]
