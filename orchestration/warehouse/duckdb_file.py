"""A warehouse that is a DuckDB file."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from orchestration.errors import UnusableInputError
from orchestration.warehouse.connection import (
    Connection,
    Result,
    Row,
    Values,
    Words,
    listed,
    literal,
    quoted,
)
from orchestration.warehouse.engine import Loading, Warehouse
from orchestration.warehouse.memory import connect
from orchestration.warehouse.places import Place


class DuckDBWords(Words):
    """Expressions as DuckDB says them."""

    def type_name(self, kind: str) -> str:
        """The contract's own."""
        return kind

    def sha256(self, text: str) -> str:
        """Hexadecimal."""
        return f"sha256({text})"

    def latest(self, value: str, order: str) -> str:
        """Nulls are left out."""
        return f"arg_max({value}, {order}) filter (where {value} is not null)"

    def iso_instant(self, column: str) -> str:
        """To the microsecond."""
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%f')"

    def zulu_instant(self, column: str) -> str:
        """To the second."""
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"

    def json_keys(self, column: str) -> str:
        """A list, unfolded."""
        return f"unnest(json_keys({column}))"

    def json_texts(self, column: str, names: Sequence[str]) -> str:
        """By paths, which quote their names."""
        paths = ", ".join(literal(f"$.{json.dumps(name, ensure_ascii=False)}") for name in names)
        return f"json_extract_string({column}, [{paths}])"


class DuckDBConnection(Connection):
    """DuckDB's own connection in the common form."""

    words = DuckDBWords()
    has_readers_file = True

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        self.raw = raw

    def execute(self, sql: str, values: Values | None = None) -> Result:
        """Run a statement, or several without values; gives the rows of the last one."""
        if values is None:
            return self.raw.execute(sql)
        return self.raw.execute(sql, dict(values) if isinstance(values, Mapping) else list(values))

    def changed(self, sql: str, values: Values | None = None) -> int:
        """DuckDB says it in a row."""
        row = self.execute(sql, values).fetchone()
        return int(row[0]) if row else 0

    def stream(self, sql: str, values: Values) -> Iterator[Row]:
        """In a cursor, which is a connection of its own."""
        with self.raw.cursor() as cursor:
            cursor.execute(sql, dict(values) if isinstance(values, Mapping) else list(values))
            while rows := cursor.fetchmany(5_000):
                yield from rows

    def begin(self) -> None:
        """Begin a transaction."""
        self.raw.begin()

    def commit(self) -> None:
        """It is in the write-ahead log, or in the file."""
        self.raw.commit()

    def rollback(self) -> None:
        """End it as if nothing had been done."""
        self.raw.rollback()

    def close(self) -> None:
        """The file is free again."""
        self.raw.close()

    def schema(self, name: str) -> str:
        """With the database in front: a file `raw.duckdb` is a database named raw, too."""
        row = self.raw.execute("select current_database()").fetchone()
        return f"{quoted(str(row[0]) if row else '')}.{quoted(name)}"

    def temp(self, name: str) -> str:
        """DuckDB keeps them in a catalogue of their own."""
        return f"temp.{quoted(name)}"

    def secret(self, text: str) -> str:
        """Statements stay inside this process."""
        return literal(text)

    def checkpoint(self) -> None:
        """Empties the write-ahead log."""
        self.raw.execute("checkpoint")

    def temp_table(self, name: str, query: str) -> None:
        """In memory."""
        self.raw.execute(f"create or replace temp table {quoted(name)} as {query}")

    def temp_rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """One list per column."""
        body = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        self.raw.execute(f"create or replace temp table {quoted(name)} ({body})")
        if rows:
            lists = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
            values = [list(column) for column in zip(*rows, strict=True)]
            self.raw.execute(f"insert into temp.{quoted(name)} select {lists}", values)

    def replace_table(self, target: str, query: str, values: Values | None = None) -> None:
        """In one statement."""
        self.execute(f"create or replace table {target} as {query}", values)

    def descriptions(self, schema: str) -> list[tuple[str, str | None, str]]:
        """From DuckDB's own catalogue."""
        of_schema = (
            "where database_name = current_database() and schema_name = $schema "
            "and comment is not null"
        )
        return self.raw.execute(
            f"select table_name, null, comment from duckdb_tables() {of_schema} "
            f"union all select view_name, null, comment from duckdb_views() {of_schema} "
            f"union all select table_name, column_name, comment from duckdb_columns() {of_schema}",
            {"schema": schema},
        ).fetchall()


class DuckDBFile(Warehouse):
    """A DuckDB file: one program at a time writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def open(self, *, read_only: bool = False) -> Iterator[DuckDBConnection]:
        """One writer, or many readers."""
        if read_only and not self.path.exists():
            raise UnusableInputError(
                f"There is no warehouse at {self.path}. Make one: leadger run --raw FOLDER"
            )
        try:
            raw = self._connect(read_only=read_only)
        except (duckdb.Error, OSError) as error:
            raise UnusableInputError(self._cannot_open(str(error))) from error
        try:
            yield DuckDBConnection(raw)
        finally:
            raw.close()

    def _connect(self, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        # The newest storage format writes text about a third faster; it can be chosen once only.
        newest: dict[str, Any] = {}
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            newest["storage_compatibility_version"] = "latest"
        return connect(self.path, read_only=read_only, config=newest)

    def _cannot_open(self, error: str) -> str:
        if "Conflicting lock" in error or "being used by another process" in error:
            holder = error.partition("Conflicting lock is held in ")[2].partition(". See")[0]
            who = f"by {holder}" if holder else "by another program"
            return (
                f"{self.path} is open {who}. Close it there, then try again. To look at the marts "
                "while runs go on, connect to the published file beside it (leadger status names "
                "it)."
            )
        return f"{self.path} cannot be used as a warehouse: {error}"

    @contextlib.contextmanager
    def loading(self) -> Iterator[Loading]:
        """The reader is the warehouse itself, so rows need not travel."""
        is_new = not self.path.exists()
        try:
            raw = self._connect()
        except (duckdb.IOException, duckdb.ConnectionException, duckdb.BinderException) as error:
            raise UnusableInputError(self._why_closed(str(error))) from error

        def move(target: str, columns: Sequence[str], query: str, _: Path) -> None:
            raw.execute(f"insert into {target} ({listed(columns)}) {query}")

        is_done = False
        try:
            raw.execute("set timezone = 'UTC'; set preserve_insertion_order = true")
            yield Loading(DuckDBConnection(raw), raw, move)
            is_done = True
        finally:
            raw.close()
            if is_new and not is_done:
                self.path.unlink(missing_ok=True)
                self.path.with_name(self.path.name + ".wal").unlink(missing_ok=True)

    def _why_closed(self, message: str) -> str:
        if "lock" in message.lower():
            holder = message.partition("Conflicting lock is held in ")[2].partition(". See")[0]
            return (
                f"{self.path} is in use by {holder or 'another process'}: a DuckDB file has one "
                "writer; wait until that process has ended, or end it, and load again"
            )
        return f"{self.path} cannot be opened as a warehouse: {message.splitlines()[0]}"

    @contextlib.contextmanager
    def hold(self, lock: Path, note: Callable[[str], None]) -> Iterator[None]:
        """A lock of the operating system's, which dies with its holder.

        Raises `UnusableInputError` when a program that knows nothing of it (an SQL client) has the
        file open.
        """
        lock.parent.mkdir(parents=True, exist_ok=True)
        holder = lock.with_suffix(".holder")
        held = FileLock(lock)
        try:
            held.acquire(timeout=0)
        except Timeout:
            note(f"Another run is using {self.path.name}{_holder(holder)}; waiting for it.")
            held.acquire()
        try:
            with self.open():
                pass
            now = datetime.now()
            me = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{now:%H:%M}"}
            holder.write_text(json.dumps(me), encoding="utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            held.release()

    @contextlib.contextmanager
    def copied(self, folder: Path) -> Iterator[Place]:
        """In that folder, under the same name."""
        copy = folder / self.path.name
        shutil.copy2(self.path, copy)
        yield copy

    def stand_in(self, folder: Path) -> Place:
        """A file of the same name that is never made: names of relations begin with it."""
        return folder / "never_made" / self.path.name

    def profile(self) -> dict[str, str]:
        """The file."""
        return {"LEADGER_ENGINE": "duckdb", "LEADGER_WAREHOUSE": str(self.path)}

    @contextlib.contextmanager
    def within_memory(self) -> Iterator[None]:
        """The limit belongs to the open file, which dbt's connections share with this one."""
        with connect(self.path):
            yield

    def release(self) -> None:
        """A file opened in one way cannot be opened in another until it is closed."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        with contextlib.suppress(Exception):  # raises when nothing was opened
            DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()

    def sqlalchemy_address(self) -> str:
        """In a dialect of our own."""
        from orchestration.warehouse.duckdb_dialect import connection_string

        return connection_string(self.path)

    def forget_deleted(self) -> None:
        """A new file takes its place."""
        from orchestration.warehouse.compaction import compact

        compact(self.path)

    def leftovers(self) -> list[Path]:
        """What DuckDB swapped to disk, and copies of dry runs."""
        copies = self.path.parent.glob("leadger_dry_run_*")
        return [
            self.path.with_name(self.path.name + ".tmp"),
            *(folder for folder in copies if (folder / self.path.name).exists()),
        ]

    def files(self) -> list[Path]:
        """The file."""
        return [self.path]


def _holder(path: Path) -> str:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {known['pid']} on {known['host']}, since {known['since']})"
    except (OSError, ValueError, KeyError):
        return ""
