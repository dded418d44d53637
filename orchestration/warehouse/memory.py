"""How much memory DuckDB may take in this process: `LEADGER_MEMORY`, for whatever opens a file."""

from __future__ import annotations

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


def is_limited() -> bool:
    """Whether there is a limit."""
    return bool(os.environ.get("LEADGER_MEMORY"))


def connect(
    file: Path | str, *, read_only: bool = False, config: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a file within the limit, which all of this process's connections to it share.

    With little memory there are fewer cores, one to `PER_CORE`.

    Raises:
        UnusableInputError: `LEADGER_MEMORY` is no amount.
    """
    limit = os.environ.get("LEADGER_MEMORY")
    found = _AMOUNT.fullmatch(limit) if limit else None
    if limit and not found:
        raise UnusableInputError(f"LEADGER_MEMORY is {limit!r}; write an amount such as 4GB.")
    connection = duckdb.connect(str(file), read_only=read_only, config=dict(config or {}))
    if limit and found:
        amount = float(found[1]) * 1024.0 ** _UNITS[found[2].upper()]
        threads = connection.execute("select current_setting('threads')").fetchone()
        cores = max(1, min(int(threads[0] if threads else 1), int(amount / PER_CORE)))
        connection.execute(f"set memory_limit = {literal(limit)}; set threads = {cores}")
    return connection
