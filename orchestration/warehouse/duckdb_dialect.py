"""DuckDB for Great Expectations: duckdb-engine's dialect, under a name of its own.

Great Expectations reads a result after its connection was given back, and DuckDB's rollback
empties it (its issue 11579): so results are read into memory at once. Columns are read from
DuckDB's own catalogue, since SQLAlchemy 2.1 asks PostgreSQL's in words DuckDB does not know.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.types import NullType

from orchestration.warehouse.memory import connect

NAME = "leadger_duckdb"

# Great Expectations looks at 200 rows of a result; a table full of bad rows must not fill memory.
_ROWS_KEPT = 10_000

_COLUMNS = sqlalchemy.text(
    "select column_name, is_nullable from duckdb_columns() "
    "where schema_name = :schema and table_name = :table order by column_index"
)


class _BufferedExecutionContext(Dialect.execution_ctx_cls):  # type: ignore[misc]
    """Reads what a statement returns while its transaction is still there."""

    def post_exec(self) -> None:
        super().post_exec()
        if self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchmany(_ROWS_KEPT)
            )


class LeadgerDuckDBDialect(Dialect):  # type: ignore[misc]
    """duckdb-engine's dialect with buffered results and DuckDB's own catalogue."""

    name = NAME
    execution_ctx_cls = _BufferedExecutionContext
    supports_statement_cache = False

    def connect(self, *_: Any, **options: Any) -> ConnectionWrapper:
        """Open as everybody does, so that all may have the file open in one process."""
        return ConnectionWrapper(connect(options["database"]))

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Names of a table's columns in order."""
        found = connection.execute(_COLUMNS, {"schema": schema or "main", "table": str(table_name)})
        return [
            {"name": name, "type": NullType(), "nullable": nullable, "default": None}
            for name, nullable in found
        ]

    def get_pk_constraint(self, *_: Any, **__: Any) -> dict[str, Any]:
        """No table of the warehouse declares a primary key."""
        return {"constrained_columns": [], "name": None}


def register() -> None:
    """Make `leadger_duckdb://` known to SQLAlchemy."""
    registry.register(NAME, __name__, LeadgerDuckDBDialect.__name__)


def connection_string(warehouse: Path) -> str:
    """The address of a warehouse file in this dialect."""
    address = sqlalchemy.URL.create(NAME, database=str(warehouse.resolve()))
    return str(address.render_as_string(hide_password=False))
