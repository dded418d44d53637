"""Erasure end to end: whoever is pending, the warehouse, the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from orchestration.erasure.erase import ErasureReport, erase, mark_cleaned, pending
from orchestration.erasure.files import TRACES, clean_files
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace


def carry_out(
    workspace: Workspace,
    *,
    run_id: str,
    now: datetime,
    schemas: Mapping[str, str],
    traces: Path = TRACES,
) -> ErasureReport | None:
    """Erase everybody who asked for it; None if there is nobody, and nothing was changed.

    To be called by a regular run (no dry run, no time travel) once staging and identities are
    built. After a report they are gone, marts beside those in use too, and must be built again.
    Killed at any moment, the next run's call completes what is left.

    Args:
        workspace: the warehouse, which nobody has open, and the files beside it.
        run_id: the run that erases.
        now: the instant of the erasure; naive is taken as UTC.
        schemas: where this run built `staging` and `intermediate`.
        traces: where dbt's logs, the last error and the plans of dry runs are.

    Raises:
        UnusableInputError: the key of earlier tombstones is missing or another one, or the
            warehouse file cannot be rewritten; the next run tries again.
    """
    with open_warehouse(workspace.warehouse) as connection:
        people = pending(connection, schemas)
    if not people:
        return None
    report = erase(workspace, people, run_id=run_id, now=now, schemas=schemas)
    files = clean_files(workspace, report.contacts, traces)
    mark_cleaned(workspace, people, now)
    return replace(report, files=files)
