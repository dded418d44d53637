"""Files beside the warehouse and logs of the project: rewritten or deleted after an erasure.

Whatever is made anew by the next run, or is only a trace of an earlier one, is deleted whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from orchestration import readers_file
from orchestration.erasure.crm_payloads import redact_outbox
from orchestration.warehouse import warehouse_at
from orchestration.workspace import PROJECT, Workspace

TRACES = PROJECT / "target" / "leadger"


def clean_files(
    workspace: Workspace, contacts: Collection[str], traces: Path = TRACES
) -> tuple[str, ...]:
    """Leave no personal data of erased people in any file; those rewritten or deleted.

    Can be repeated: it looks at what is there, not at what was done.

    Args:
        workspace: the warehouse, redacted by now, and the files beside it.
        contacts: all contact ids of the erased people.
        traces: where dbt's logs, the last error and the plans of dry runs are.
    """
    touched = [*redact_outbox(workspace.outbox, contacts)]
    touched += [path for path in _disposable(workspace, traces) if _delete(path)]
    warehouse = warehouse_at(workspace.warehouse)
    warehouse.forget_deleted()
    touched += warehouse.files()
    if rewrite_published(workspace):
        touched.append(workspace.published)
    return tuple(str(path) for path in touched)


def rewrite_published(workspace: Workspace) -> bool:
    """Write the readers' file from the marts in use, now redacted; gives whether there was one."""
    if not workspace.published.exists():
        return False
    readers_file.rewrite(workspace)
    return True


def _disposable(workspace: Workspace, traces: Path) -> list[Path]:
    """What is made anew by the next run, and what runs that died left behind."""
    return [
        workspace.data_docs,
        workspace.nurturing,
        workspace.handoff,
        *warehouse_at(workspace.warehouse).leftovers(),
        *workspace.outbox.glob("*.redacted"),
        traces / "dry_runs",
        traces / "last_error.txt",
        *traces.glob("*/logs"),
    ]


def _delete(path: Path) -> bool:
    """Delete a file or folder; gives whether it was there."""
    if path.is_dir():
        shutil.rmtree(path)
        return True
    if path.exists():
        path.unlink()
        return True
    return False
