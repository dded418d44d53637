"""The same raw rows in two warehouses: as the loader made them in DuckDB, and on another engine.

The other engine gets the tables that are there before dbt runs copied as they are, and dbt builds
everything on both.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg2

from engines.postgres_server import Server
from orchestration.ingest.load import load_folder
from orchestration.run_log import RunLog
from orchestration.warehouse.duckdb_file import DuckDBFile
from orchestration.workspace import PROJECT

COPIED = ("raw", "control", "marts")
COMPARED = ("marts_next", "staging", "intermediate", "definitions", "reference")
SUMMED = {
    "int_group_balances": (
        "select lead_id, epoch, score_group, instant, sum(points), min(balance), "
        "min(balance_counted), sum(counted_delta) from {rows} group by all"
    )
}
"""Where it is nobody's business which row of an instant has what, only what they have together."""
ON_POSTGRES = {"DOUBLE": "double precision"}


class Room(Protocol):
    """A warehouse that dbt can build in."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What dbt's profile has to find."""

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of everything built in the compared schemas."""

    def export(self, schema: str, table: str, kinds: Mapping[str, str], file: Path) -> str:
        """Write rows to a file or folder; gives how DuckDB reads them, columns of these types."""


@dataclass(frozen=True)
class DuckdbRoom:
    """A DuckDB file with its raw tables loaded."""

    file: Path

    @classmethod
    def loaded(cls, file: Path, raw: Path) -> DuckdbRoom:
        """Load a folder of raw files."""
        RunLog(file).prepare()
        load_folder(file, raw, now=datetime(2026, 6, 2, tzinfo=UTC))
        return cls(file)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LEADGER_ENGINE": "duckdb", "LEADGER_WAREHOUSE": str(self.file)}

    def columns(self, schema: str) -> dict[str, dict[str, str]]:
        """Names and types of the columns of each table."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            found = connection.execute(
                "select table_name, column_name, data_type from duckdb_columns() "
                "where database_name = current_database() and schema_name = ? "
                "order by table_name, column_index",
                [schema],
            ).fetchall()
        tables: dict[str, dict[str, str]] = {}
        for table, column, kind in found:
            tables.setdefault(table, {})[column] = kind
        return tables

    def tables(self) -> list[tuple[str, str]]:
        return sorted((schema, table) for schema in COMPARED for table in self.columns(schema))

    def export(self, schema: str, table: str, kinds: Mapping[str, str], file: Path) -> str:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            connection.execute(f"copy {schema}.\"{table}\" to '{file}.parquet'")
        return _from_parquet(f"{file}.parquet", kinds)

    def write_csv(self, schema: str, table: str, file: Path) -> None:
        """Text quoted and nulls not, as PostgreSQL reads it."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            connection.execute(
                f"copy {schema}.\"{table}\" to '{file}' "
                "(format csv, header true, force_quote *, nullstr '')"
            )


@dataclass(frozen=True)
class PostgresRoom:
    """A database of a PostgreSQL server."""

    server: Server
    database: str

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LEADGER_ENGINE": "postgres", **self.server.environment(self.database)}

    def furnish(self, source: DuckdbRoom, folder: Path) -> None:
        """Copy the raw tables from a DuckDB file."""
        self.server.create_database(self.database)
        with self._connection() as connection, connection.cursor() as cursor:
            for schema in COPIED:
                cursor.execute(f"create schema {schema}")
                for table, columns in source.columns(schema).items():
                    listed = ", ".join(
                        f'"{name}" {ON_POSTGRES.get(kind, kind)}' for name, kind in columns.items()
                    )
                    cursor.execute(f'create table {schema}."{table}" ({listed})')
                    file = folder / f"{schema}-{table}.csv"
                    source.write_csv(schema, table, file)
                    with file.open(encoding="utf-8") as rows:
                        cursor.copy_expert(
                            f'copy {schema}."{table}" from stdin (format csv, header true)', rows
                        )
            cursor.execute("analyze")
            connection.commit()

    def tables(self) -> list[tuple[str, str]]:
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_schema = any(%s)",
                [list(COMPARED)],
            )
            return sorted((schema, table) for schema, table in cursor.fetchall())

    def export(self, schema: str, table: str, kinds: Mapping[str, str], file: Path) -> str:
        listed = ", ".join(f'"{column}"' for column in kinds)
        with (
            self._connection() as connection,
            connection.cursor() as cursor,
            file.open("w", encoding="utf-8") as rows,
        ):
            cursor.copy_expert(
                f'copy (select {listed} from {schema}."{table}") to stdout '
                "(format csv, header true, force_quote *)",
                rows,
            )
        typed = ", ".join(f"'{column}': '{kind}'" for column, kind in kinds.items())
        return (
            f"select * from read_csv('{file}', header = true, columns = {{{typed}}}, "
            "allow_quoted_nulls = false)"
        )

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        where = self.server.environment(self.database)
        connection = psycopg2.connect(
            host=where["PGHOST"],
            port=where["PGPORT"],
            user=where["PGUSER"],
            password=where["PGPASSWORD"],
            dbname=where["PGDATABASE"],
        )
        try:
            yield connection
        finally:
            connection.close()


@dataclass(frozen=True)
class SparkRoom:
    """A local Spark session with its tables in a folder."""

    session: Any

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LEADGER_ENGINE": "spark"}

    def furnish(self, source: DuckdbRoom, folder: Path) -> None:
        """Copy the raw tables from a DuckDB file."""
        for schema in [*COPIED, *COMPARED]:
            self.session.sql(f"drop schema if exists {schema} cascade")
        for schema in COPIED:
            self.session.sql(f"create schema {schema}")
            for table in source.columns(schema):
                rows = self._rows(source, schema, table, folder)
                rows.write.saveAsTable(f"{schema}.{table}")

    def add(self, source: DuckdbRoom, folder: Path, *, batch: int) -> None:
        """Copy the raw rows of one more loader batch."""
        for table, kinds in source.columns("raw").items():
            if "_batch" in kinds:
                rows = self._rows(source, "raw", table, folder).where(f"_batch = {batch}")
                rows.write.mode("append").saveAsTable(f"raw.{table}")

    def files(self, schema: str, table: str) -> dict[str, set[str]]:
        """The files of each partition of a table."""
        found: dict[str, set[str]] = {}
        for path in self.session.table(f"{schema}.{table}").inputFiles():
            *_, partition, file = path.split("/")
            found.setdefault(partition, set()).add(file)
        return found

    def _rows(self, source: DuckdbRoom, schema: str, table: str, folder: Path) -> Any:
        file = folder / f"{schema}-{table}"
        source.export(schema, table, {}, file)
        return self.session.read.parquet(f"{file}.parquet")

    def tables(self) -> list[tuple[str, str]]:
        return sorted(
            (schema, row.tableName)
            for schema in COMPARED
            for row in self.session.sql(f"show tables in {schema}").collect()
        )

    def export(self, schema: str, table: str, kinds: Mapping[str, str], file: Path) -> str:
        self.session.table(f"{schema}.{table}").write.parquet(str(file))
        return _from_parquet(f"{file}/*.parquet", kinds)


def _from_parquet(files: str, kinds: Mapping[str, str]) -> str:
    typed = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in kinds.items())
    return f"select {typed} from read_parquet('{files}')"


@dataclass
class Builder:
    """dbt on the project's own models, in this process; seeds may be others."""

    folder: Path
    as_of: datetime
    project: Path = PROJECT

    def build(
        self,
        room: Room,
        variables: Mapping[str, object] | None = None,
        *,
        with_tests: bool = True,
    ) -> None:
        """Build everything and run every test; a failure names the models and tests."""
        left_out = ["unit_test"] if with_tests else ["unit_test", "test"]
        options = [word for kind in left_out for word in ("--exclude-resource-type", kind)]
        self._run(room, ["build", *options], variables or {})

    def publish(self, room: Room, variables: Mapping[str, object] | None = None) -> None:
        """Have dbt make what was built part of the marts in use."""
        self._run(room, ["run-operation", "publish_marts"], variables or {})

    def _run(self, room: Room, command: list[str], variables: Mapping[str, object]) -> None:
        from dbt.cli.main import dbtRunner

        before = dict(os.environ)
        os.environ.update(room.environment, DO_NOT_TRACK="1")
        target = self.folder / f"target-{room.environment['LEADGER_ENGINE']}"
        given = {"as_of": self.as_of.isoformat(sep=" "), "marts_schema": "marts_next", **variables}
        try:
            outcome = dbtRunner().invoke(
                [
                    *("--quiet", "--log-path", str(target / "logs"), *command),
                    *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
                    *("--target-path", str(target), "--vars", json.dumps(given)),
                ]
            )
        finally:
            DuckDBFile(self.folder).release()
            os.environ.clear()
            os.environ.update(before)
        results = outcome.result.results if outcome.result is not None else []
        broken = [
            f"{result.node.name}: {result.status} {result.message}"
            for result in (results if command[0] == "build" else [])
            if result.status not in ("pass", "success", "no-op", "skipped")
        ]
        assert outcome.success, f"{outcome.exception}\n" + "\n".join(broken)


def differences(ours: DuckdbRoom, theirs: Room, folder: Path) -> list[str]:
    """Every table and view whose rows are not the same, with an example of each side."""
    assert {*ours.tables()} == {*theirs.tables()}
    wrong = []
    for schema, table in ours.tables():
        kinds = {
            column: "VARCHAR" if kind == "JSON" else kind
            for column, kind in ours.columns(schema)[table].items()
        }
        with duckdb.connect() as connection:
            for name, room in (("ours", ours), ("theirs", theirs)):
                source = room.export(schema, table, kinds, folder / f"{name}-{schema}-{table}")
                rows = SUMMED.get(table, "from {rows}").format(rows=f"({source})")
                connection.execute(f"create table {name} as {rows}")
            for one, other in (("ours", "theirs"), ("theirs", "ours")):
                lost = connection.execute(f"from {one} except all from {other}").fetchall()
                if lost:
                    wrong.append(
                        f"{schema}.{table}: {len(lost)} rows only in {one}, e.g. {lost[0]}"
                    )
    return wrong
