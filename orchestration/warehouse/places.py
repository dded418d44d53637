"""Where a warehouse is: a DuckDB file, or a database of a PostgreSQL server."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from orchestration.errors import UnusableInputError

_SCHEMES = ("postgresql", "postgres")
_PORT = 5432


@dataclass(frozen=True)
class Database:
    """A database of a PostgreSQL server; the password is libpq's affair (`PGPASSWORD`)."""

    user: str
    host: str
    port: int
    name: str

    @property
    def stem(self) -> str:
        """What the names of the files that belong to it begin with."""
        return re.sub(r"[^A-Za-z0-9_.-]", "_", self.name) + ".postgres"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{quote(self.user)}@{host}:{self.port}/{quote(self.name)}"


Place = Path | Database
"""A DuckDB file, or a database of a server."""


def parse_place(text: str) -> Place:
    """A path, or `postgresql://user@host:port/database`; raises `UnusableInputError`.

    What the address leaves out comes from `PGUSER`, `PGHOST` and `PGPORT`.
    """
    scheme, mark, _ = text.partition("://")
    if not mark:
        return Path(text)
    form = "Write postgresql://user@host:port/database, and the password in PGPASSWORD."
    if scheme.lower() not in _SCHEMES:
        raise UnusableInputError(f"A warehouse is a DuckDB file or a PostgreSQL database. {form}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UnusableInputError(f"That is not the address of a database. {form}") from None
    told = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if parts.password is not None or "password" in told:
        raise UnusableInputError(
            "A password does not belong into the warehouse's address, where logs and process "
            f"lists show it. {form}"
        )
    if told or parts.fragment:
        raise UnusableInputError(
            "The warehouse's address takes no options; libpq's variables do, such as PGSSLMODE. "
            + form
        )
    name = unquote(parts.path.removeprefix("/"))
    user = unquote(parts.username or "") or os.environ.get("PGUSER", "")
    if not name or not user or "/" in name:
        raise UnusableInputError(f"The warehouse's address lacks the user or the database. {form}")
    host = parts.hostname or os.environ.get("PGHOST") or "127.0.0.1"
    return Database(user, host, port or int(os.environ.get("PGPORT") or _PORT), name)


def resolved(place: Place) -> Place:
    """The same place, whatever folder we are in later."""
    return place.expanduser().resolve() if isinstance(place, Path) else place


def beside(place: Place, suffix: str, folder: Path) -> Path:
    """A file that belongs to the warehouse: beside a DuckDB file, in a folder for a database."""
    if isinstance(place, Path):
        return place.with_name(place.stem + suffix)
    return folder / f"{place.stem}{suffix}"


def readers_place(place: Place, file: Path) -> Place:
    """Where readers find the marts: a file of their own, or the database, in schema `marts`."""
    return file if isinstance(place, Path) else place


def is_missing(place: Place) -> bool:
    """Whether a file or folder is not there; of a database nobody knows until it is asked."""
    return isinstance(place, Path) and not place.exists()


def look_command(place: Place, shown: str, python: str) -> str:
    """A command that shows the marts where readers find them."""
    if isinstance(place, Path):
        return (
            f"{python} -c \"import duckdb; duckdb.connect('{shown}', True)"
            ".sql('from marts.leads').show()\""
        )
    return f'psql {shown} -c "select * from marts.leads limit 10"'


def layout_name(place: Place) -> str:
    """What dbt's names of relations depend on: the file's name without folder, or the database."""
    return place.name if isinstance(place, Path) else str(place)
