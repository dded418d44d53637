"""A DuckDB file's tables in a PostgreSQL database, so that both can be asked the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.warehouse import Database, warehouse_at
from orchestration.warehouse.connection import listed, literal, quoted

TYPES = {"DOUBLE": "double precision", "FLOAT": "real", "HUGEINT": "numeric(38)"}


def copy_tables(file: Path, database: Database) -> None:
    """Make every table of the file's in the database, in place of what is there."""
    with (
        warehouse_at(database).loading() as loading,
        TemporaryDirectory() as folder,
        loading.warehouse.transaction() as target,
    ):
        loading.reader.execute(f"attach {literal(str(file))} as {quoted(file.stem)} (read_only)")
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, kind in loading.reader.execute(
            "select table_schema, table_name, column_name, data_type "
            "from information_schema.columns where table_catalog = ? "
            "order by table_schema, table_name, ordinal_position",
            [file.stem],
        ).fetchall():
            columns.setdefault((schema, table), {})[column] = TYPES.get(kind, kind)
        for schema in sorted({schema for schema, _ in columns}):
            target.execute(f"drop schema if exists {quoted(schema)} cascade")
            target.execute(f"create schema {quoted(schema)}")
        for (schema, table), kinds in columns.items():
            name = f"{quoted(schema)}.{quoted(table)}"
            body = ", ".join(f"{quoted(column)} {kind}" for column, kind in kinds.items())
            target.execute(f"create table {name} ({body})")
            rows = f"select {listed(kinds)} from {quoted(file.stem)}.{name}"
            loading.move(name, list(kinds), rows, Path(folder))
