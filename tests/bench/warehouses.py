"""What `leadger run --warehouse X` is given, and where its figures are read afterwards."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from bench.errors import BenchError
from bench.process import bytes_in

LATEST = "select run_id, state, summary from control.runs order by started_at desc limit 1"
STEPS = "select step, seconds from control.run_steps where run_id = '{}' order by place"


@dataclass(frozen=True)
class Told:
    """What the latest run wrote down about itself."""

    run_id: str
    state: str
    steps: Mapping[str, float]
    """Seconds of each step, in order."""
    summary: Mapping[str, Any]

    @property
    def recomputed(self) -> int:
        """How many people were recomputed."""
        return sum(int(count) for count in self.summary.get("touched", {}).values())

    @property
    def expectations(self) -> int:
        """How many expectations the gates looked at."""
        return int(self.summary.get("checks", {}).get("expectations", 0))


class Warehouse(Protocol):
    """A place to build in."""

    engine: str
    address: str
    """What `--warehouse` is given."""
    spill: tuple[Path, ...]
    """Where the engine puts on disk what does not fit into memory, as far as we can see it."""

    def empty(self) -> None:
        """Begin with nothing; raises `BenchError` rather than delete what is not ours."""

    def bytes(self) -> int:
        """Size of the tables on disk."""

    def readers_bytes(self) -> int:
        """Size of the file for readers; 0 where there is none."""

    def told(self) -> Told:
        """What the latest run wrote down."""


class DuckdbFile:
    """A file of our own."""

    engine = "duckdb"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.address = str(file)
        self.spill: tuple[Path, ...] = (file.with_name(file.name + ".tmp"),)

    def empty(self) -> None:
        """Forget the file and all beside it: the folder is the bench's own."""
        for place in self.file.parent.glob(f"{self.file.stem}.*"):
            shutil.rmtree(place) if place.is_dir() else place.unlink()

    def bytes(self) -> int:
        """The file and what is not yet written into it."""
        return bytes_in(self.file, self.file.with_name(self.file.name + ".wal"))

    def readers_bytes(self) -> int:
        """The published file."""
        return bytes_in(self.file.with_name(self.file.stem + ".published.duckdb"))

    def told(self) -> Told:
        """Read it from schema `control`."""
        with duckdb.connect(self.address, read_only=True) as connection:
            run_id, state, summary = connection.execute(LATEST).fetchall()[0]
            steps = connection.execute(STEPS.format(run_id)).fetchall()
        return Told(run_id, state, dict(steps), json.loads(summary or "{}"))


class Server:
    """A database on a server, named by its URL; `leadger` has to know how to run there."""

    spill: tuple[Path, ...] = ()

    def __init__(self, url: str) -> None:
        self.address = url
        self.engine = url.partition(":")[0]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        psycopg2 = importlib.import_module("psycopg2")
        with closing(psycopg2.connect(self.address)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def empty(self) -> None:
        """Refuse a database that holds anything: nobody else's tables are dropped."""
        found = self._rows(
            "select count(*) from information_schema.schemata "
            "where schema_name in ('raw', 'control')"
        )
        if found[0][0]:
            raise BenchError("The database is not empty: name an empty one to measure in.")

    def bytes(self) -> int:
        """The whole database."""
        return int(self._rows("select pg_database_size(current_database())")[0][0])

    def readers_bytes(self) -> int:
        """Readers ask the server."""
        return 0

    def told(self) -> Told:
        """Read it from schema `control`."""
        run_id, state, summary = self._rows(LATEST)[0]
        content = summary if isinstance(summary, dict) else json.loads(summary or "{}")
        return Told(run_id, state, dict(self._rows(STEPS.format(run_id))), content)


def warehouse_at(address: str | None, own: Path) -> Warehouse:
    """The server a URL names; without one, a DuckDB file of our own.

    Raises `BenchError` for a file: a bench empties its warehouse, so it uses none of yours.
    """
    if address is None:
        return DuckdbFile(own)
    if address.startswith(("postgresql://", "postgres://")):
        return Server(address)
    raise BenchError(f"{address} is no postgresql:// URL; without --warehouse a file is made.")
