"""What can be done with a warehouse as a whole, whatever engine it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.warehouse.connection import Connection
from orchestration.warehouse.places import Place

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Loading:
    """A load under way: files are read by DuckDB, and their rows go over to the warehouse."""

    warehouse: Connection
    reader: duckdb.DuckDBPyConnection
    """Where files are read, checked and typed, into temporary tables."""
    move: Callable[[str, Sequence[str], str, Path], None]
    """Append to a table, to these columns, what a query of the reader gives; by way of a folder."""


class Warehouse(ABC):
    """A warehouse at its place."""

    @abstractmethod
    def open(self, *, read_only: bool = False) -> AbstractContextManager[Connection]:
        """A connection; raises `UnusableInputError` when it cannot be opened."""

    @abstractmethod
    def loading(self) -> AbstractContextManager[Loading]:
        """Open to be loaded into; a file made for a load that fails is removed again."""

    @abstractmethod
    def hold(self, lock: Path, note: Callable[[str], None]) -> AbstractContextManager[None]:
        """Keep it to ourselves; `note` hears why we wait, if we do."""

    @abstractmethod
    def copied(self, folder: Path) -> AbstractContextManager[Place]:
        """A copy that is thrown away; the folder is one's own."""

    @abstractmethod
    def stand_in(self, folder: Path) -> Place:
        """What dbt may be pointed at to parse, without touching the warehouse."""

    @abstractmethod
    def profile(self) -> dict[str, str]:
        """The variables that `profiles.yml` reads to find it."""

    @abstractmethod
    def within_memory(self) -> AbstractContextManager[None]:
        """Keep what others compute in this process under `LEADGER_MEMORY` ("4GB"), or the usual."""

    @abstractmethod
    def release(self) -> None:
        """Close dbt's connections, so that the next step may open it in its own way."""

    @abstractmethod
    def sqlalchemy_address(self) -> str:
        """Its address for SQLAlchemy, without a password."""

    @abstractmethod
    def forget_deleted(self) -> None:
        """Rewrite it without what was deleted; raises `UnusableInputError` if it cannot be."""

    @abstractmethod
    def leftovers(self) -> list[Path]:
        """Files that programs which died may have left behind."""

    @abstractmethod
    def files(self) -> list[Path]:
        """The files it is in, as far as they are ours."""
