"""A copy of the dbt project with seeds of its own and a warehouse of its own.

Give it raw rows and definitions, build, look at the marts.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import duckdb

from orchestration.ingest.load import load_folder
from orchestration.warehouse import warehouse_at
from orchestration.workspace import PROJECT

LINKED = ("models", "macros", "tests", "profiles.yml", "dbt_project.yml")


@dataclass(frozen=True)
class Sandbox:
    """One folder: `project/` with links to the real models and macros, `raw/`, `w.duckdb`."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Lay the folder out; seeds start as the project's own."""
        sandbox = cls(folder)
        sandbox.raw.mkdir(parents=True)
        sandbox.project.mkdir()
        for name in LINKED:
            (sandbox.project / name).symlink_to(PROJECT / name)
        shutil.copytree(PROJECT / "seeds", sandbox.seeds)
        return sandbox

    @property
    def project(self) -> Path:
        """The dbt project."""
        return self.folder / "project"

    @property
    def raw(self) -> Path:
        """The folder of raw files."""
        return self.folder / "raw"

    @property
    def seeds(self) -> Path:
        """The seeds of this sandbox alone."""
        return self.project / "seeds"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.folder / "w.duckdb"

    def load(self, folder: Path | None = None, now: datetime | None = None) -> None:
        """Land a folder of raw files."""
        moment = now or datetime.now(UTC).replace(tzinfo=None)
        load_folder(self.warehouse, folder or self.raw, now=moment)

    def build(self, as_of: datetime, *arguments: str) -> None:
        """Build everything and run the data tests; a failure names the models and tests."""
        outcome = self.dbt("build", as_of, "--exclude", "tag:truth_table", *arguments)
        results = outcome.result.results if outcome.result is not None else []
        broken = [
            f"{result.node.name}: {result.status} {result.message}"
            for result in results
            if result.status not in ("pass", "success", "no-op")
        ]
        assert outcome.success, f"{outcome.exception}\n" + "\n".join(broken)

    def dbt(self, command: str, as_of: datetime, *arguments: str) -> Any:
        """Run a dbt command on this sandbox in this process."""
        from dbt.cli.main import dbtRunner

        before = os.environ.get("LEADGER_WAREHOUSE")
        os.environ.update(LEADGER_WAREHOUSE=str(self.warehouse), DO_NOT_TRACK="1")
        target = self.folder / "target"
        try:
            return dbtRunner().invoke(
                [
                    *("--quiet", "--log-path", str(target / "logs"), command),
                    *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
                    *("--target-path", str(target)),
                    *("--vars", json.dumps({"as_of": as_of.isoformat(sep=" ")}), *arguments),
                ]
            )
        finally:
            warehouse_at(self.warehouse).release()
            if before is None:
                os.environ.pop("LEADGER_WAREHOUSE", None)
            else:
                os.environ["LEADGER_WAREHOUSE"] = before

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()
