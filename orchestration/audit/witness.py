"""The witness: the heads of the chain, written outside the warehouse as well.

Whoever can write to the warehouse can forge rows and chain them anew. They cannot unsay what a
file elsewhere has said: one line of JSON per head, appended and never rewritten.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from orchestration.audit.chain import Head, read_heads
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.warehouse import Connection
from orchestration.workspace import Workspace, sync_to_disk


@dataclass(frozen=True)
class Testimony:
    """What a heads file says."""

    heads: tuple[Head, ...]
    unreadable: tuple[int, ...]
    """Numbers of the lines that are no head: a write cut short, or somebody's edit."""


def witness(workspace: Workspace, connection: Connection) -> int:
    """Append every head the file does not have yet; gives how many.

    To be called after the commit: what a crash kept from the file, the next run writes. When it
    returns, the heads are on the disk. Raises `LeadgerError` when they cannot be written.
    """
    path = workspace.audit_heads
    try:
        return _append_missing(path, connection)
    except OSError as error:
        raise LeadgerError(
            f"The audit log has no witness of this run: {path} cannot be written ({error}). "
            "The log itself is whole; mend the file's place, and the next run writes what it lacks."
        ) from error


def _append_missing(path: Path, connection: Connection) -> int:
    is_new = not path.exists()
    known = {(head.run_number, head.chained_digest) for head in read_testimony(path).heads}
    heads = [
        head
        for head in read_heads(connection)
        if (head.run_number, head.chained_digest) not in known
    ]
    if not heads:
        return 0
    lines = "".join(_line(head) for head in heads)
    with path.open("a+", encoding="utf-8", newline="\n") as file:
        file.write(("" if _ends_a_line(path) else "\n") + lines)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_to_disk(path.parent)
    return len(heads)


def read_testimony(path: Path) -> Testimony:
    """What the file says; nothing when there is no file.

    Raises `UnusableInputError` when there is one that cannot be read.
    """
    if not path.exists():
        return Testimony((), ())
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UnusableInputError(f"{path} cannot be read: {error}") from error
    lines = {number: _head(line) for number, line in enumerate(text.split("\n"), 1) if line.strip()}
    return Testimony(
        heads=tuple(head for head in lines.values() if head is not None),
        unreadable=tuple(number for number, head in lines.items() if head is None),
    )


def _line(head: Head) -> str:
    said = {**vars(head), "recorded_at": head.recorded_at.isoformat(timespec="microseconds")}
    said["witnessed_at"] = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return json.dumps(said) + "\n"


def _head(line: str) -> Head | None:
    try:
        said = json.loads(line)
        values = {each.name: said[each.name] for each in fields(Head)}
        values["recorded_at"] = datetime.fromisoformat(values["recorded_at"])
    except (ValueError, KeyError, TypeError):
        return None
    is_head = isinstance(values["run_number"], int) and all(
        isinstance(value, int | str | datetime) for value in values.values()
    )
    return Head(**values) if is_head else None


def _ends_a_line(path: Path) -> bool:
    """Whether the next line can start here: the last write may have been cut short."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
