"""One program at a time works on a warehouse; the next one waits and says for whom."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.run_log import open_warehouse
from orchestration.workspace import Workspace


@contextlib.contextmanager
def hold(workspace: Workspace, note: Callable[[str], None]) -> Iterator[None]:
    """Keep a warehouse to ourselves; `note` hears why we wait, if we do.

    The lock is the operating system's and dies with its holder. Raises `UnusableInputError` when
    a program that knows nothing of it (an SQL client) has the file open.
    """
    workspace.lock.parent.mkdir(parents=True, exist_ok=True)
    holder = workspace.lock.with_suffix(".holder")
    lock = FileLock(workspace.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        note(f"Another run is using {workspace.warehouse.name}{_holder(holder)}; waiting for it.")
        lock.acquire()
    try:
        with open_warehouse(workspace.warehouse):
            pass
        me = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now():%H:%M}"}
        holder.write_text(json.dumps(me), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _holder(path: Path) -> str:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {known['pid']} on {known['host']}, since {known['since']})"
    except (OSError, ValueError, KeyError):
        return ""
