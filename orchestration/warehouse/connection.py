"""A connection to a warehouse, whatever engine it is, and the operations whose words differ.

Everything else is SQL that both engines read alike. Placeholders are `?` with a sequence of
values, or `$name` with a mapping. Instants are naive UTC. Outside a transaction every statement
stands by itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self

Values = Sequence[object] | Mapping[str, object]
Row = tuple[Any, ...]


class Result(Protocol):
    """The rows of a statement."""

    @property
    def description(self) -> Any:
        """A tuple per column, its name first; None where there are no rows to have."""

    def fetchone(self) -> Any:
        """The next row; None at the end."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""


class Words(ABC):
    """Expressions that each engine says in its own words."""

    @abstractmethod
    def type_name(self, kind: str) -> str:
        """A type of the raw contract, which has DuckDB's names."""

    @abstractmethod
    def sha256(self, text: str) -> str:
        """The SHA-256 of a text in UTF-8, in hexadecimal."""

    @abstractmethod
    def latest(self, value: str, order: str) -> str:
        """Aggregate: of the values that are not null, the one of the greatest order."""

    @abstractmethod
    def iso_instant(self, column: str) -> str:
        """An instant as `2026-03-03T09:00:00.000000`."""

    @abstractmethod
    def zulu_instant(self, column: str) -> str:
        """An instant as `2026-03-03T09:00:00Z`."""

    @abstractmethod
    def json_keys(self, column: str) -> str:
        """The keys of a JSON object, a row each; for the list of what is selected."""

    @abstractmethod
    def json_texts(self, column: str, names: Sequence[str]) -> str:
        """Members of a JSON object as a list of texts, from 1; null where it has none."""


class Connection(ABC):
    """A warehouse that is open."""

    words: Words
    has_readers_file = False
    """Whether readers get a file of their own, because nobody can read beside a writer."""

    @abstractmethod
    def execute(self, sql: str, values: Values | None = None) -> Result:
        """Run a statement, or several without values; gives the rows of the last one."""

    @abstractmethod
    def changed(self, sql: str, values: Values | None = None) -> int:
        """Run an insert, update or delete; gives the number of rows."""

    @abstractmethod
    def stream(self, sql: str, values: Values) -> Iterator[Row]:
        """Rows as they are asked for, while other statements go on; sees what was committed."""

    @abstractmethod
    def begin(self) -> None:
        """Begin a transaction."""

    @abstractmethod
    def commit(self) -> None:
        """End it: all of it is there, and on disk."""

    @abstractmethod
    def rollback(self) -> None:
        """End it as if nothing had been done."""

    @abstractmethod
    def close(self) -> None:
        """Give the warehouse back."""

    @abstractmethod
    def schema(self, name: str) -> str:
        """A schema's name such that nothing else can be meant by it."""

    @abstractmethod
    def temp(self, name: str) -> str:
        """A temporary table's name such that nothing else can be meant by it."""

    @abstractmethod
    def secret(self, text: str) -> str:
        """An expression that is this text; a server's logs must not show it."""

    @abstractmethod
    def checkpoint(self) -> None:
        """What was committed is in the tables' own files, where these are ours."""

    @abstractmethod
    def temp_table(self, name: str, query: str) -> None:
        """Keep what a query gives for this connection, in place of what had the name before."""

    @abstractmethod
    def temp_rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """Bring rows in, as a temporary table; columns with their types."""

    @abstractmethod
    def replace_table(self, target: str, query: str, values: Values | None = None) -> None:
        """Make a table of what a query gives, in place of the one before.

        Whoever may read the old one may read the new one, as far as their columns are the same.
        """

    @abstractmethod
    def descriptions(self, schema: str) -> list[tuple[str, str | None, str]]:
        """What the tables and views of a schema, and their columns, are said to be.

        Each with the table, the column (None for the table itself) and the text.
        """

    def comments(
        self, schema: str, target: str, tables: Collection[str] | None = None
    ) -> list[str]:
        """Statements that give tables of `target` the descriptions those of `schema` have.

        Args:
            schema: whose tables and views are described.
            target: the schema of the tables of the same names.
            tables: which; all if not given.
        """
        return [
            f"comment on table {target}.{quoted(table)} is {literal(text)}"
            if column is None
            else f"comment on column {target}.{quoted(table)}.{quoted(column)} is {literal(text)}"
            for table, column, text in self.descriptions(schema)
            if tables is None or table in tables
        ]

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """All of it or nothing, and on disk at the end."""
        self.begin()
        try:
            yield self
            self.commit()
        except BaseException:
            with suppress(Exception):  # the connection may be what broke
                self.rollback()
            raise

    def has_table(self, schema: str, table: str) -> bool:
        """Whether a table or view exists."""
        return table in self.tables(schema)

    def tables(self, schema: str, *, views: bool = True) -> list[str]:
        """Tables of a schema, in order of their names; with its views unless told otherwise."""
        found = self.execute(
            "select table_name, table_type from information_schema.tables "
            "where table_catalog = current_database() and table_schema = ? order by table_name",
            [schema],
        )
        return [str(name) for name, kind in found.fetchall() if views or kind == "BASE TABLE"]

    def columns(self, schema: str) -> dict[str, dict[str, str]]:
        """The columns of each table and view of a schema, in their order, with their types."""
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self.execute(
            "select table_name, column_name, data_type from information_schema.columns "
            "where table_catalog = current_database() and table_schema = ? "
            "order by table_name, ordinal_position",
            [schema],
        ).fetchall():
            found.setdefault(str(table), {})[str(column)] = str(kind)
        return found

    def schemas(self) -> list[str]:
        """The schemas of the warehouse."""
        found = self.execute(
            "select schema_name from information_schema.schemata "
            "where catalog_name = current_database() order by schema_name"
        )
        return [str(name) for (name,) in found.fetchall()]


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(names: Iterable[str]) -> str:
    """Names as a list of SQL identifiers."""
    return ", ".join(map(quoted, names))
