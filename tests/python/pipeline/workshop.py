"""The real job, in this process, on a copy of the dbt project with seeds of its own.

The project is parsed once per layout of schemas, whatever the warehouse: every warehouse has the
same file name, in a folder of its own. The gates and dbt's data tests are left out (other tests
are about them): what counts here is which rows come out.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model.definitions import Definitions
from model.writers import write_definitions
from orchestration import daily, dbt_runner, run
from orchestration.dbt_runner import build_arguments
from orchestration.quality.report import GateReport
from orchestration.reports.progress import SilentProgress
from orchestration.run import RunRequest, open_run, parsed_project
from orchestration.workspace import PROJECT, Workspace
from pipeline.sandbox import Sandbox


class OpenGates:
    """Gates that let everything through."""

    def __init__(self, *given: Any) -> None:
        pass

    def run(self, gate: str, **_: Any) -> GateReport:
        """Find nothing wrong."""
        return GateReport(gate, "run", [], 0.0, Path("docs"))

    def build_docs(self) -> None:
        """Write nothing."""


def _without_tests(*given: Any, **named: Any) -> list[str]:
    return [*build_arguments(*given, **named), "--exclude-resource-type", "test"]


@dataclass(frozen=True)
class Workshop:
    """A copy of the project, and the place where its warehouses are."""

    sandbox: Sandbox

    @classmethod
    @contextlib.contextmanager
    def opened(cls, folder: Path) -> Iterator[Workshop]:
        """Let runs of this process use a copy of the project in that folder."""
        sandbox = Sandbox.make(folder)
        parsed_project.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dbt_runner, "PROJECT", sandbox.project)
            patch.setattr(run, "DEFINITIONS", sandbox.seeds / "definitions")
            patch.setattr(dbt_runner, "build_arguments", _without_tests)
            patch.setattr("orchestration.quality.gates.GateSession", OpenGates)
            patch.setattr("orchestration.quality.startup.preload", lambda: None)
            yield cls(sandbox)
        parsed_project.cache_clear()

    def define(self, definitions: Definitions | None) -> None:
        """Write definitions into the seeds; none: the project's own."""
        shutil.copytree(PROJECT / "seeds", self.sandbox.seeds, dirs_exist_ok=True)
        if definitions is not None:
            write_definitions(definitions, self.sandbox.seeds)

    def warehouse(self, name: str) -> Warehouse:
        """A warehouse of that name, empty until something is loaded."""
        folder = self.sandbox.folder / "warehouses" / name
        folder.mkdir(parents=True)
        return Warehouse(folder / "w.duckdb")


@dataclass(frozen=True)
class Warehouse:
    """One warehouse and what lies beside it."""

    file: Path

    @property
    def workspace(self) -> Workspace:
        """Where its files are."""
        return Workspace(self.file)

    def run(
        self,
        as_of: datetime | None,
        raw: Path | None = None,
        *,
        known_at: datetime | None = None,
        full_refresh: bool = False,
    ) -> str:
        """The whole job; instants are naive UTC. Gives the schema its marts end up in.

        A run that fails says why.
        """
        request = RunRequest(
            self.file,
            raw=raw,
            as_of=as_of and as_of.replace(tzinfo=UTC),
            known_at=known_at and known_at.replace(tzinfo=UTC),
            full_refresh=full_refresh,
            started_by="a test",
        )
        progress = SilentProgress()
        with open_run(request, progress) as opened:
            daily._execute(opened, progress)
        assert opened.failure is None, str(opened.failure)
        assert opened.summary is not None
        assert opened.summary.state == "done"
        return f"marts{opened.clocks.schema_suffix}"

    def snapshot(self) -> Path:
        """The warehouse as it is now, in a file of its own."""
        copy = self.file.with_name(f"snapshot-{len(list(self.file.parent.iterdir()))}.duckdb")
        shutil.copy2(self.file, copy)
        return copy

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()
