"""Seconds per model, seed and test, from the log that dbt writes during a run.

A run keeps no figures per model. dbt's own log has them, as JSON when `DBT_LOG_FORMAT_FILE` says
so, which needs no change to the run.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

PROJECT = Path(__file__).resolve().parents[2]
LOGS = PROJECT / "target" / "leadger"
AS_JSON = {"DBT_LOG_FORMAT_FILE": "json", "DBT_LOG_FILE_MAX_BYTES": "0"}
RESULTS = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})


@dataclass(frozen=True)
class NodeTime:
    """One model, seed or test: how long dbt had it in hand, its SQL and dbt's own work on it."""

    name: str
    kind: str
    floor: str
    """Of a model: `staging`, `intermediate` or `marts`; else empty."""
    seconds: float
    status: str
    is_again: bool
    """Whether the same run had built or tested it before (staging, after people were erased)."""


class DbtLogs:
    """The logs that a run writes, told apart from what stood in them before.

    A run that erases people deletes all logs half-way. An open file outlives that: so every log is
    opened as soon as `look` sees it, and read at the end.
    """

    def __init__(self) -> None:
        self._open: dict[int, BinaryIO] = {}
        self.look()
        for log in self._open.values():
            log.seek(0, os.SEEK_END)

    def look(self) -> None:
        """Open what is new; to be called every now and then while the run goes on."""
        for path in LOGS.glob("*/logs/dbt.log"):
            try:
                if path.stat().st_ino in self._open:
                    continue
                log = path.open("rb")
            except OSError:
                continue
            self._open[os.fstat(log.fileno()).st_ino] = log

    def close(self) -> list[NodeTime]:
        """What was built and tested meanwhile, in order."""
        self.look()
        seen: set[str] = set()
        nodes = []
        for log in self._open.values():
            with log:
                nodes += [node for line in log if (node := _node(line, seen)) is not None]
        return nodes


def _node(line: bytes, seen: set[str]) -> NodeTime | None:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    if event.get("info", {}).get("name") not in RESULTS:
        return None
    info = event["data"]["node_info"]
    unique_id, kind = str(info["unique_id"]), str(info["resource_type"])
    is_again = unique_id in seen
    seen.add(unique_id)
    floor = str(info["node_path"]).partition("/")[0] if kind == "model" else ""
    seconds = float(event["data"]["execution_time"])
    return NodeTime(
        str(info["node_name"]), kind, floor, seconds, str(info["node_status"]), is_again
    )
