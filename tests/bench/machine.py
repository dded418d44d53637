"""The machine and the code that were measured: figures mean nothing without them."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations")
PROJECT = Path(__file__).resolve().parents[2]


def machine_facts() -> dict[str, Any]:
    """Cores, memory, load by others, versions."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": load_by_all(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def load_by_all() -> float:
    """Processes that wanted a core in the last minute, ours and others': before, it should be 0."""
    return os.getloadavg()[0]


def code_facts() -> dict[str, Any]:
    """The commit, and whether files differ from it."""
    return {"commit": _git("rev-parse", "HEAD"), "is_changed": bool(_git("status", "--porcelain"))}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    found = subprocess.run(
        ["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()
