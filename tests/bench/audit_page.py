"""How long the audit page takes for what people do on it, over marts that are there already."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table

from bench.errors import BenchError
from bench.process import PROJECT
from orchestration.warehouse.places import parse_place
from orchestration.workspace import Workspace

TIMEOUT_SECONDS = 600
MEBI = 1024 * 1024


@dataclass(frozen=True)
class Asked:
    """One thing somebody does: how long the answer took, how large it was."""

    what: str
    seconds: float
    again_seconds: float
    """The same once more, with the file in the system's memory."""
    cpu_seconds: float
    """Of the server, for the dearer of the two; beyond the seconds where both cores work."""
    bytes: int
    memory_bytes: int
    """The most the server has had in memory by then."""


def measure(warehouse: str) -> list[Asked]:
    """Open every page in a server of its own, as a browser asks for it. Raises `BenchError`."""
    workspace = Workspace.locate(parse_place(warehouse))
    if not workspace.published.exists():
        raise BenchError(f"{workspace.published} is not there: expected published marts")
    with duckdb.connect(str(workspace.published), read_only=True) as marts:
        lead_id, email, lines = _longest_story(marts)
        cause = marts.execute(
            "select cause from marts.lead_stage_changes group by 1 order by count(*) desc, 1"
        ).fetchone()
    assert cause is not None
    pages = {
        "start": ("/", ""),
        f"person ({lines} ledger lines)": (f"/lead/{lead_id}", ""),
        "findings": ("/findings", ""),
        "findings of high severity": ("/findings", "?severity=high"),
        "changes of the last 90 days": ("/changes", ""),
        "all changes": ("/changes", "?since="),
        "all changes of one cause": ("/changes", f"?since=&cause={cause[0]}"),
    }
    searches = {
        "search by id": lead_id,
        "search by email": email,
        "search of nobody": "nobody@x.fr",
    }
    files = {
        "CSV of high findings": "/findings.csv?severity=high",
        "CSV of all changes": "/changes.csv?since=",
    }
    found = []
    began = time.perf_counter()
    with _serving(workspace) as (address, pid):
        began_seconds = time.perf_counter() - began
        found.append(Asked("the server answers", began_seconds, 0, _cpu(pid), 0, _memory(pid)))

        def ask(what: str, path: str, body: dict[str, Any] | None, *, once: bool = False) -> None:
            times, cpus, size = [], [], 0
            for _ in range(1 if once else 2):
                before = _cpu(pid)
                seconds, size = _timed(address + path, body)
                times.append(seconds)
                cpus.append(_cpu(pid) - before)
            again = 0.0 if once else times[1]
            found.append(Asked(what, times[0], again, max(cpus), size, _memory(pid)))

        for what, wanted in searches.items():
            ask(what, "/_dash-update-component", _search(wanted or lead_id))
        for what, place in pages.items():
            ask(what, "/_dash-update-component", _page(*place))
        for what, path in files.items():
            ask(what, path, None, once=True)
    return found


def facts(found: list[Asked]) -> dict[str, Any]:
    """For the results file."""
    return {"asked": [asdict(each) for each in found]}


def report(found: list[Asked]) -> Table:
    """For the screen."""
    table = Table("what", "first, s", "again, s", "CPU, s", "answer, MiB", "memory so far, MiB")
    for each in found:
        again = f"{each.again_seconds:.2f}" if each.again_seconds else ""
        numbers = (f"{each.bytes / MEBI:.2f}", f"{each.memory_bytes / MEBI:,.0f}")
        times = (f"{each.seconds:.2f}", again, f"{each.cpu_seconds:.2f}")
        table.add_row(each.what, *times, *numbers)
    return table


def _longest_story(marts: duckdb.DuckDBPyConnection) -> tuple[str, str | None, int]:
    row = marts.execute(
        "select leads.lead_id, leads.email, count(*) from marts.lead_score_ledger as lines "
        "inner join marts.leads as leads on lines.lead_id = leads.lead_id "
        "group by all order by count(*) desc, 1"
    ).fetchone()
    if row is None:
        raise BenchError("nobody is in these marts")
    return str(row[0]), row[1], int(row[2])


@contextmanager
def _serving(workspace: Workspace) -> Iterator[tuple[str, int]]:
    command = (
        *(sys.executable, "-m", "orchestration", "audit", "ui", "--port", "0"),
        *("--warehouse", str(workspace.warehouse)),
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            found = re.match(r"http://127\.0\.0\.1:\d+", line)
            if not found:
                raise BenchError(f"the page was not served: {line!r}")
            yield found[0], server.pid
        finally:
            server.terminate()


def _timed(address: str, body: dict[str, Any] | None) -> tuple[float, int]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        size = 0
        while piece := answer.read(MEBI):
            size += len(piece)
    return time.perf_counter() - began, size


def _page(path: str, search: str) -> dict[str, Any]:
    """What a browser asks for when it comes to an address."""
    return {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": search},
        ],
        "changedPropIds": ["url.pathname", "url.search"],
    }


def _search(wanted: str) -> dict[str, Any]:
    """What a browser asks when Enter is pressed in the search field."""
    return {
        "output": "..url.href...found.children..",
        "outputs": [
            {"id": "url", "property": "href"},
            {"id": "found", "property": "children"},
        ],
        "inputs": [
            {"id": "find-button", "property": "n_clicks"},
            {"id": "find", "property": "n_submit", "value": 1},
        ],
        "state": [{"id": "find", "property": "value", "value": wanted}],
        "changedPropIds": ["find.n_submit"],
    }


def _cpu(pid: int) -> float:
    """Seconds of processor time so far; 0 where the system does not say."""
    file = Path(f"/proc/{pid}/stat")
    if not file.exists():
        return 0.0
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0
