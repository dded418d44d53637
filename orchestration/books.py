"""Dagster's books: where it keeps what happened in a run, or the lack of them.

Kept in SQLite, the events of one run cost 20 s and more (a commit each); kept in memory, 3 s. So a
run from the command line keeps none unless asked: `control.runs` and the summary say what
happened, and Dagster's page shows the runs started there and those of `leadger run --record`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.event_api import EventRecordsResult
from dagster._core.instance.types import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage

from orchestration.workspace import PROJECT

SETTINGS = """\
# Written by leadger; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
freshness:
  enabled: true
retention:
  # of what schedules and sensors looked at; the job forget_old_runs deletes old runs
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 90
      success: 90
concurrency:
  runs:
    # one run at a time touches a warehouse; the others wait in the queue
    max_concurrent_runs: 1
"""


class UnkeptEventLog(InMemoryEventLogStorage):
    """Forgets every event: whoever watches the run hears them as they happen."""

    def store_event(self, event: Any) -> None:
        """Forget it."""

    def get_asset_records(self, asset_keys: Sequence[Any] | None = None) -> Sequence[Any]:
        """Know of nothing."""
        return []

    def fetch_observations(self, *given: Any, **named: Any) -> EventRecordsResult:
        """Know of nothing; Dagster asks for every input of every step."""
        return EventRecordsResult([], cursor="", has_more=False)


@contextlib.contextmanager
def no_books() -> Iterator[DagsterInstance]:
    """An instance for one run of which nothing is kept."""
    with DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),  # type: ignore[no-untyped-call]
        run_storage=InMemoryRunStorage(),
        event_storage=UnkeptEventLog(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    ) as instance:
        yield instance


@contextlib.contextmanager
def own_books() -> Iterator[DagsterInstance]:
    """The project's own instance, where Dagster's page looks."""
    with DagsterInstance.from_config(str(dagster_home())) as instance:
        yield instance


def dagster_home() -> Path:
    """Dagster's folder, made if need be: `LEADGER_DAGSTER_HOME`, else `.dagster`."""
    home = Path(os.environ.get("LEADGER_DAGSTER_HOME") or PROJECT / ".dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    return home
