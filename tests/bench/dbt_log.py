"""Seconds per model, seed and test, from the log that dbt writes during a run.

A run keeps no figures per model. dbt's own log has them, as JSON when `DBT_LOG_FORMAT_FILE` says
so, which needs no change to the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


@dataclass
class DbtLogs:
    """The logs as they stood before a run, to tell what the run added."""

    lengths: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def now(cls) -> DbtLogs:
        """Remember how long each log is."""
        return cls({log: log.stat().st_size for log in _logs()})

    def added(self) -> list[NodeTime]:
        """What was built and tested since, in order."""
        seen: set[str] = set()
        nodes = []
        for log in _logs():
            with log.open("rb") as file:
                file.seek(self.lengths.get(log, 0))
                for line in file:
                    node = _node(line, seen)
                    if node is not None:
                        nodes.append(node)
        return nodes


def _logs() -> Iterator[Path]:
    yield from sorted(LOGS.glob("*/logs/dbt.log"))


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
