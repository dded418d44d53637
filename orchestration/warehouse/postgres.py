"""A warehouse that is a database of a PostgreSQL server."""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import psycopg2.extensions

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
from orchestration.warehouse.places import Database, Place

RUN_LOCK = 5_323_437
"""Key of the advisory lock that a run holds; locks belong to a database."""
LOOK_AGAIN_SECONDS = 0.5
_ROWS_AT_ONCE = 5_000

# What stands for itself, and what stands for a value.
_TOKENS = re.compile(
    r"(?P<kept>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*)|(?P<place>\?)|\$(?P<name>[a-z_]+)|%",
    re.DOTALL,
)

_NUMERIC = psycopg2.extensions.new_type(
    (1700,),
    "LEADGER_NUMERIC",
    lambda text, _: None if text is None else (float(text) if "." in text else int(text)),
)
_JSON = psycopg2.extensions.new_type((114, 3802), "LEADGER_JSON", lambda text, _: text)

_held: dict[Database, Any] = {}
"""The connections that hold the run locks of this process."""
_checked: set[Database] = set()


class PostgresWords(Words):
    """Expressions as PostgreSQL says them."""

    def type_name(self, kind: str) -> str:
        """All but one have the same name."""
        return "double precision" if kind == "DOUBLE" else kind

    def sha256(self, text: str) -> str:
        """Of bytes, as bytes."""
        return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"

    def latest(self, value: str, order: str) -> str:
        """Nulls are left out."""
        return f"(array_agg({value} order by {order} desc) filter (where {value} is not null))[1]"

    def iso_instant(self, column: str) -> str:
        """To the microsecond."""
        return f"to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"

    def zulu_instant(self, column: str) -> str:
        """To the second."""
        return f'to_char({column}, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'

    def json_keys(self, column: str) -> str:
        """A function that gives rows."""
        return f"json_object_keys({column})"

    def json_texts(self, column: str, names: Sequence[str]) -> str:
        """One by one."""
        return f"array[{', '.join(f'({column} ->> {literal(name)})' for name in names)}]"


class PostgresConnection(Connection):
    """psycopg2's connection in the common form; each statement stands by itself unless begun."""

    words = PostgresWords()

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._secrets: dict[str, str] = {}

    def execute(self, sql: str, values: Values | None = None) -> Result:
        """Run a statement, or several; gives the rows of the last one."""
        cursor: Result = self._run(sql, values)
        return cursor

    def changed(self, sql: str, values: Values | None = None) -> int:
        """As the server counts them."""
        return int(self._run(sql, values).rowcount)

    def _run(self, sql: str, values: Values | None) -> Any:
        cursor = self.raw.cursor()
        if values is None:
            cursor.execute(sql)
        else:
            cursor.execute(
                in_psycopg2_words(sql), values if isinstance(values, Mapping) else list(values)
            )
        return cursor

    def stream(self, sql: str, values: Values) -> Iterator[Row]:
        """In a cursor of the server's, which keeps the rows whatever is done meanwhile."""
        name = f"leadger_{uuid.uuid4().hex}"
        with self.raw.cursor(name=name, withhold=True) as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(
                in_psycopg2_words(sql), values if isinstance(values, Mapping) else list(values)
            )
            yield from cursor

    def begin(self) -> None:
        """Begin a transaction."""
        self._run("begin", None)

    def commit(self) -> None:
        """As durable as the server's `synchronous_commit` makes it."""
        self._run("commit", None)

    def rollback(self) -> None:
        """End it as if nothing had been done."""
        self._run("rollback", None)

    def close(self) -> None:
        """Leave the server."""
        self.raw.close()

    def schema(self, name: str) -> str:
        """A connection sees one database, so its name says it all."""
        return quoted(name)

    def temp(self, name: str) -> str:
        """PostgreSQL keeps them in a schema of their own."""
        return f"pg_temp.{quoted(name)}"

    def secret(self, text: str) -> str:
        """In a temporary table: what comes by COPY is in no statement."""
        if text not in self._secrets:
            name = f"leadger_secret_{len(self._secrets)}"
            self.temp_rows(name, {"told": "varchar"}, [(text,)])
            self._secrets[text] = name
        return f"(select told from {self.temp(self._secrets[text])})"

    def checkpoint(self) -> None:
        """The server makes its own."""

    def temp_table(self, name: str, query: str) -> None:
        """With what the planner has to know of it."""
        self._run(
            f"drop table if exists {self.temp(name)};create temp table {quoted(name)} as {query}",
            None,
        )
        self._count(name)

    def _count(self, name: str) -> None:
        """Tell the planner how many rows there are, and none of their values.

        What it knows of values it keeps in a table of the catalogue, for whoever looks there.
        """
        columns = [column for column, _ in self._shape(self.temp(name), None)]
        without = ", ".join(f"alter column {quoted(each)} set statistics 0" for each in columns)
        self._run(f"alter table {self.temp(name)} {without};analyze {self.temp(name)}", None)

    def temp_rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """By COPY."""
        body = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        self._run(
            f"drop table if exists {self.temp(name)};create temp table {quoted(name)} ({body})",
            None,
        )
        lines = "".join(",".join(map(_cell, row)) + "\n" for row in rows)
        self.copy_in(self.temp(name), list(columns), io.StringIO(lines, newline=""))
        self._count(name)

    def copy_in(self, target: str, columns: Sequence[str], text: Any) -> None:
        """Append CSV without a header, in which an empty value without quotes is null."""
        self.raw.cursor().copy_expert(
            f"copy {target} ({listed(columns)}) from stdin (format csv)", text
        )

    def replace_table(self, target: str, query: str, values: Values | None = None) -> None:
        """A table of the same columns is filled anew: rights and views on it stay."""
        found = self._run("select to_regclass(?) is not null", [target]).fetchone()
        if found == (True,):
            wanted = self._shape(f"({query}) as wanted", values)
            if self._shape(target, None) == wanted:
                self._run(f"truncate table {target}", None)
                self._run(f"insert into {target} {query}", values)
                return
            self._run(f"drop table {target}", None)
        self._run(f"create table {target} as {query}", values)

    def _shape(self, source: str, values: Values | None) -> list[tuple[str, int]]:
        found = self._run(f"select * from {source} limit 0", values)
        return [(column.name, column.type_code) for column in found.description]

    def descriptions(self, schema: str) -> list[tuple[str, str | None, str]]:
        """From PostgreSQL's own catalogue."""
        return self.execute(
            "select tables.relname, columns.attname, notes.description "
            "from pg_catalog.pg_description as notes "
            "inner join pg_catalog.pg_class as tables "
            "on notes.objoid = tables.oid and notes.classoid = 'pg_catalog.pg_class'::regclass "
            "inner join pg_catalog.pg_namespace as schemas on tables.relnamespace = schemas.oid "
            "left join pg_catalog.pg_attribute as columns "
            "on columns.attrelid = tables.oid and columns.attnum = notes.objsubid "
            "and notes.objsubid > 0 "
            "where schemas.nspname = ? and tables.relkind in ('r', 'v', 'm', 'p') "
            "order by tables.relname, notes.objsubid",
            [schema],
        ).fetchall()


class PostgresDatabase(Warehouse):
    """A database of a server: readers read beside the writer, in schema `marts`."""

    def __init__(self, place: Database) -> None:
        self.place = place

    @contextlib.contextmanager
    def open(self, *, read_only: bool = False) -> Iterator[PostgresConnection]:
        """A connection of one's own, in UTC."""
        self._see_that_it_is_ours()
        connection = PostgresConnection(self._connect(read_only=read_only))
        try:
            self._check(connection)
            yield connection
        finally:
            connection.close()

    def _see_that_it_is_ours(self) -> None:
        """The lock of a run dies with its connection; then another run may be at work."""
        held = _held.get(self.place)
        if held is None:
            return
        try:
            held.execute("select 1").fetchall()
        except psycopg2.Error as error:
            raise UnusableInputError(
                f"The connection that kept {self.place} to this run broke "
                f"({str(error).splitlines()[0]}): another run may be at work there. Nothing more "
                "is done. Start a new run."
            ) from error

    def _connect(self, *, read_only: bool = False) -> Any:
        place = self.place
        try:
            raw = psycopg2.connect(
                user=place.user,
                host=place.host,
                port=place.port,
                dbname=place.name,
                application_name=f"leadger (process {os.getpid()} on {socket.gethostname()})"[:63],
                options="-c timezone=UTC -c datestyle=ISO",
                connect_timeout=15,
                keepalives_idle=60,
            )
        except psycopg2.OperationalError as error:
            told = " ".join(str(error).split())
            raise UnusableInputError(
                f"{place} cannot be reached: {told}. The password belongs into PGPASSWORD."
            ) from error
        raw.set_session(readonly=read_only, autocommit=True)
        raw.set_client_encoding("UTF8")
        psycopg2.extensions.register_type(_NUMERIC, raw)
        psycopg2.extensions.register_type(_JSON, raw)
        return raw

    def _check(self, connection: Connection) -> None:
        """Text has to be ordered as DuckDB orders it; looked at once."""
        if self.place in _checked:
            return
        found = connection.execute(
            "select 'B' < 'a' and 'a b' < 'aB', datcollate, pg_encoding_to_char(encoding) "
            "from pg_catalog.pg_database where datname = current_database()"
        ).fetchone()
        is_bytewise, collation, encoding = found or (False, "", "")
        if not is_bytewise or encoding != "UTF8":
            raise UnusableInputError(
                f"{self.place} has the collation {collation} and the encoding {encoding}: text "
                "would be ordered by a language's rules, and ties be broken otherwise than on "
                f"other engines. Make a database for leadger: create database {self.place.name} "
                "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8';"
            )
        _checked.add(self.place)

    @contextlib.contextmanager
    def loading(self) -> Iterator[Loading]:
        """Files are read by a DuckDB in memory; typed rows go over by COPY."""
        with self.open() as warehouse, duckdb.connect() as reader:
            reader.execute("set timezone = 'UTC'; set preserve_insertion_order = true")

            def move(target: str, columns: Sequence[str], query: str, folder: Path) -> None:
                rows = folder / f"{uuid.uuid4().hex}.csv"
                reader.execute(
                    f"copy ({query}) to {literal(str(rows))} "
                    "(format csv, header false, nullstr '', force_quote *)"
                )
                try:
                    with rows.open(encoding="utf-8", newline="") as text:
                        warehouse.copy_in(target, columns, text)
                except psycopg2.DataError as error:
                    told = str(error).splitlines()[0]
                    raise UnusableInputError(
                        f"PostgreSQL cannot hold a value of the files: {told}"
                    ) from None
                finally:
                    rows.unlink(missing_ok=True)

            yield Loading(warehouse, reader, move)

    @contextlib.contextmanager
    def hold(self, lock: Path, note: Callable[[str], None]) -> Iterator[None]:
        """An advisory lock of the database's, which dies with its holder's connection."""
        lock.parent.mkdir(parents=True, exist_ok=True)
        with self.open() as connection:
            if not _take_lock(connection):
                who = _lock_holder(connection)
                note(f"Another run is using {self.place.name}{who}; waiting for it.")
                while not _take_lock(connection):
                    time.sleep(LOOK_AGAIN_SECONDS)
            _held[self.place] = connection
            try:
                yield
            finally:
                del _held[self.place]

    @contextlib.contextmanager
    def copied(self, folder: Path) -> Iterator[Place]:
        """A database beside it; PostgreSQL copies one only while nobody else is connected."""
        copy = Database(
            self.place.user,
            self.place.host,
            self.place.port,
            f"{self.place.name[:40]}_dry_{uuid.uuid4().hex[:12]}",
        )
        # whoever holds the run lock is connected, so it has to be the one that copies
        held = _held.get(self.place)
        with contextlib.nullcontext(held) if held is not None else self.open() as connection:
            try:
                connection.execute(
                    f"create database {quoted(copy.name)} template {quoted(self.place.name)}"
                )
            except (psycopg2.errors.ObjectInUse, psycopg2.errors.InsufficientPrivilege) as error:
                raise UnusableInputError(
                    f"A dry run works on a copy of {self.place}, and PostgreSQL does not make one: "
                    f"{str(error).splitlines()[0]}. It needs the right to create databases, and "
                    "that nobody else is connected."
                ) from error
            _checked.add(copy)
            try:
                yield copy
            finally:
                PostgresDatabase(copy).release()
                connection.execute(f"drop database {quoted(copy.name)} with (force)")

    def stand_in(self, folder: Path) -> Place:
        """To parse, dbt does not connect."""
        return self.place

    def profile(self) -> dict[str, str]:
        """Where the server is; the password is in `PGPASSWORD` already."""
        return {
            "LEADGER_ENGINE": "postgres",
            "LEADGER_WAREHOUSE": str(self.place),
            "PGHOST": self.place.host,
            "PGPORT": str(self.place.port),
            "PGUSER": self.place.user,
            "PGDATABASE": self.place.name,
        }

    @contextlib.contextmanager
    def within_memory(self) -> Iterator[None]:
        """The server's memory is the server's affair."""
        yield

    def release(self) -> None:
        """dbt closes its own connections at the end of each build."""

    def sqlalchemy_address(self) -> str:
        """Through psycopg2, which finds the password in `PGPASSWORD`."""
        import sqlalchemy

        address = sqlalchemy.URL.create(
            "postgresql+psycopg2",
            username=self.place.user,
            host=self.place.host,
            port=self.place.port,
            database=self.place.name,
            query={"options": "-c timezone=UTC"},
        )
        return str(address.render_as_string(hide_password=False))

    def forget_deleted(self) -> None:
        """Rewrite every table, and what the planner knows of its values."""
        try:
            with self.open() as connection:
                connection.execute("vacuum (full, analyze)")
        except psycopg2.Error as error:
            raise UnusableInputError(
                f"{self.place} cannot be rewritten without what was erased: {error}"
            ) from error

    def leftovers(self) -> list[Path]:
        """The server cleans up after itself."""
        return []

    def files(self) -> list[Path]:
        """They are the server's."""
        return []


def _cell(value: object) -> str:
    """A value in CSV: null is the only one without quotes."""
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'


def in_psycopg2_words(sql: str) -> str:
    """`?` and `$name` as psycopg2 writes them."""

    def word(found: re.Match[str]) -> str:
        if found["kept"] is not None:
            return found["kept"].replace("%", "%%")
        if found["place"] is not None:
            return "%s"
        return f"%({found['name']})s" if found["name"] is not None else "%%"

    return _TOKENS.sub(word, sql)


def _take_lock(connection: Connection) -> bool:
    found = connection.execute("select pg_try_advisory_lock(?)", [RUN_LOCK]).fetchone()
    return bool(found == (True,))


def _lock_holder(connection: Connection) -> str:
    found = connection.execute(
        "select activity.application_name, "
        "to_char(activity.backend_start at time zone 'UTC', 'HH24:MI') "
        "from pg_catalog.pg_locks as locks "
        "inner join pg_catalog.pg_stat_activity as activity on locks.pid = activity.pid "
        "where locks.locktype = 'advisory' and locks.granted and locks.objid = ? "
        "and activity.datname = current_database()",
        [RUN_LOCK],
    ).fetchone()
    return f" ({found[0]}, since {found[1]} UTC)" if found and found[0] else ""
