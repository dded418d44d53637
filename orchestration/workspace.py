"""Where everything lives: the project's own files, and the files beside a warehouse."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.warehouse.places import (
    Place,
    beside,
    parse_place,
    readers_place,
    resolved,
)

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_WAREHOUSE = PROJECT / "warehouse" / "leadger.duckdb"


@dataclass(frozen=True)
class Workspace:
    """A warehouse and the files that belong to it, side by side in one folder."""

    warehouse: Place
    home: Path = DEFAULT_WAREHOUSE.parent
    """Folder of the files that belong to a database; those of a DuckDB file are beside it."""

    @classmethod
    def locate(cls, warehouse: Place | None = None) -> Workspace:
        """The warehouse named, else `LEADGER_WAREHOUSE`, else the project's own."""
        named = os.environ.get("LEADGER_WAREHOUSE")
        return cls(resolved(warehouse or (parse_place(named) if named else DEFAULT_WAREHOUSE)))

    @property
    def folder(self) -> Path:
        """The folder they are in."""
        return self._beside("").parent

    def _beside(self, suffix: str) -> Path:
        return beside(self.warehouse, suffix, self.home)

    @property
    def published(self) -> Path:
        """The read-only DuckDB file BI tools connect to; replaced whole, never half-written."""
        return self._beside(".published.duckdb")

    @property
    def readers(self) -> Place:
        """Where readers find the marts: their file, or the database itself."""
        return readers_place(self.warehouse, self.published)

    @property
    def outbox(self) -> Path:
        """Folder of the CSV files for the CRM importer, one per sync run."""
        return self._beside(".outbox")

    @property
    def nurturing(self) -> Path:
        """Folder of nurturing messages to be sent; an erasure deletes it whole."""
        return self._beside(".nurturing")

    @property
    def written(self) -> Path:
        """Which nurturing messages were written: a line of JSON each, only appended to."""
        return self._beside(".written.jsonl")

    @property
    def handoff(self) -> Path:
        """Folder of the Monday lists, a folder per week in it; an erasure deletes it whole."""
        return self._beside(".handoff")

    @property
    def reviews(self) -> Path:
        """Folder of the monthly reviews, a page per month and language."""
        return self._beside(".reviews")

    @property
    def data_docs(self) -> Path:
        """Folder of the Great Expectations Data Docs."""
        return self._beside(".data_docs")

    @property
    def audit_heads(self) -> Path:
        """What witnesses the audit log from outside: one line of JSON per run, only appended to."""
        return self._beside(".audit_heads.jsonl")

    @property
    def alerts(self) -> Path:
        """What people were told between runs: one line of JSON per alert, only appended to."""
        return self._beside(".alerts.jsonl")

    @property
    def lock(self) -> Path:
        """Lock file: one run at a time touches a warehouse."""
        return self._beside(".lock")

    @property
    def erasure_key(self) -> Path:
        """Key of the tombstones' hashes, readable by its owner only; back it up elsewhere."""
        return self._beside(".erasure_key")


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
