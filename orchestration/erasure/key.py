"""The key of the tombstones' hashes: without it, nobody can try addresses against them."""

from __future__ import annotations

import os
import secrets

from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace

VARIABLE = "LEADGER_ERASURE_KEY"
_SHORTEST = 16


def read_key(workspace: Workspace, *, may_make: bool) -> str:
    """The key: `LEADGER_ERASURE_KEY`, else the file beside the warehouse.

    Args:
        workspace: whose key.
        may_make: make the file (mode 0600) if there is none; only right while no tombstone
            needs the key it was made with.

    Raises:
        UnusableInputError: there is no key, or it is too short to be one.
    """
    source, key = VARIABLE, os.environ.get(VARIABLE, "").strip()
    if not key:
        file = workspace.erasure_key
        if not file.exists():
            if not may_make:
                raise UnusableInputError(
                    f"The key of the erasure tombstones is missing: put {file} back from its "
                    f"backup, or set {VARIABLE}. Without it erased people could come back."
                )
            _make(workspace)
        source, key = str(file), file.read_text(encoding="ascii").strip()
    if len(key) < _SHORTEST:
        raise UnusableInputError(f"{source}: expected a key of {_SHORTEST} characters or more")
    return key


def _make(workspace: Workspace) -> None:
    """Write a random key; the file is there whole or not at all."""
    part = workspace.erasure_key.with_name(workspace.erasure_key.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(workspace.erasure_key)
