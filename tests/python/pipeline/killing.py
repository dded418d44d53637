"""Runs in a process of their own, killed as a step begins."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from orchestration.reports.progress import LABELS
from orchestration.warehouse import Place
from orchestration.workspace import PROJECT

STEPS = [step for step in LABELS if step != "erasure"]
"""The steps of every run; people are erased only when they ask for it."""


def run(place: Place, raw: Path, as_of: datetime, kill_at: str = "") -> None:
    """`leadger run`, killed with SIGKILL as the step named begins."""
    said: list[str] = []
    last_line = LABELS[STEPS[STEPS.index(kill_at) - 1]] if kill_at else None
    arguments = ["run", "--raw", str(raw), "--as-of", as_of.isoformat(), "--warehouse", str(place)]
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", *arguments],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if last_line is not None and line.startswith(last_line):
                process.kill()
    assert process.returncode == (-9 if kill_at else 0), "".join(said)
