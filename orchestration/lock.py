"""One program at a time works on a warehouse; the next one waits and says for whom."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from orchestration.warehouse import warehouse_at
from orchestration.workspace import Workspace


def hold(workspace: Workspace, note: Callable[[str], None]) -> AbstractContextManager[None]:
    """Keep a warehouse to ourselves; `note` hears why we wait, if we do.

    The lock dies with its holder. Raises `UnusableInputError` when the warehouse cannot be opened.
    """
    return warehouse_at(workspace.warehouse).hold(workspace.lock, note)
