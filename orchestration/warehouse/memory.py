"""How much memory DuckDB may take in this process, whatever opens a file: `LEADGER_MEMORY`.

Without it, half of what DuckDB takes by itself, which is 80 % of the machine: a run is more than
DuckDB, and people read the marts beside it. What does not fit is spilt to disk.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import UnusableInputError
from orchestration.warehouse.connection import literal

PER_CORE = 3 * 1024**3
"""Bytes. Each core holds rows of its own, which cannot be spilt while it works on them."""
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT])i?B", re.IGNORECASE)
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


def connect(
    file: Path | str, *, read_only: bool = False, config: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a file within the limit, which all of this process's connections to it share.

    With little memory that somebody asked for there are fewer cores, one to `PER_CORE`.

    Raises:
        UnusableInputError: `LEADGER_MEMORY` is no amount.
    """
    limit = os.environ.get("LEADGER_MEMORY")
    amount = _bytes(limit) if limit else None
    if limit and amount is None:
        raise UnusableInputError(f"LEADGER_MEMORY is {limit!r}; write an amount such as 4GB.")
    connection = duckdb.connect(str(file), read_only=read_only, config=dict(config or {}))
    connection.execute(f"set memory_limit = {literal(limit or usual_limit())}")
    if amount:
        threads = connection.execute("select current_setting('threads')").fetchone()
        cores = max(1, min(int(threads[0] if threads else 1), int(amount / PER_CORE)))
        connection.execute(f"set threads = {cores}")
    return connection


@functools.cache
def usual_limit() -> str:
    """The limit that nobody asked for, from what DuckDB finds on the machine or in its container.

    Asked of a database of its own: the setting of an open file may be ours already.
    """
    with duckdb.connect() as plain:
        found = plain.execute("select current_setting('memory_limit')").fetchone()
    assert found is not None
    amount = _bytes(str(found[0]))
    assert amount is not None, found
    return f"{int(amount / 2 / 1024**2)}MiB"


def _bytes(amount: str) -> float | None:
    """An amount such as 4GB; every unit is a power of 1024."""
    found = _AMOUNT.fullmatch(amount)
    return float(found[1]) * 1024.0 ** _UNITS[found[2].upper()] if found else None
