"""A folder to fill with files, and a warehouse to look into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.errors import InputProblemsError, Problem
from orchestration.ingest.load import LoadReport, load_folder

NOW = datetime(2026, 6, 1, 12, 0, 0)

CONTACTS = (
    "contact_id,email,created_at,updated_at\n"
    "c1,a@example.com,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n"
    "c2,,2026-01-01,2026-01-02 10:30\n"
)


@dataclass
class Scene:
    """One warehouse, one folder; `load` loads the folder at a fixed instant."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "leadger.duckdb"

    @property
    def folder(self) -> Path:
        return self.root / "in"

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    def put_parquet(self, name: str, query: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'America/New_York'")
            connection.execute(f"copy ({query}) to '{path}' (format parquet)")
        return path

    def load(self) -> LoadReport:
        return load_folder(self.warehouse, self.folder, now=NOW)

    def problems(self) -> list[Problem]:
        """Load, expect it to be refused, and give what was wrong."""
        with pytest.raises(InputProblemsError) as caught:
            self.load()
        return caught.value.problems

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every raw table, to compare before with after."""
        if not self.warehouse.exists():
            return {}
        tables = self.rows("select table_name from duckdb_tables() where schema_name = 'raw'")
        return {name: self.rows(f"from raw.{name} order by all") for (name,) in tables}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    (tmp_path / "in").mkdir()
    return Scene(tmp_path)


@pytest.fixture
def loaded(scene: Scene) -> Scene:
    """A warehouse with one batch of two contacts, and an empty folder again."""
    path = scene.put("contacts.csv", CONTACTS)
    scene.load()
    path.unlink()
    return scene


@pytest.fixture
def unchanged(loaded: Scene) -> Callable[[], None]:
    """Asserts that the warehouse is, byte for byte, as it was when the test began."""
    before, bytes_before = loaded.everything(), loaded.warehouse.read_bytes()

    def check() -> None:
        assert loaded.warehouse.read_bytes() == bytes_before
        assert loaded.everything() == before
        assert not list(loaded.root.glob("*.wal"))

    return check
