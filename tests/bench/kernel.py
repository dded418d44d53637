"""The yardstick in a process of its own: `python -m bench.kernel EVENTS OUT AS_OF`.

Prints one line of JSON: the seconds of the statement alone, and the rows it wrote.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[2]
KERNEL = Path(__file__).with_name("kernel.sql")
SEEDS = PROJECT / "seeds"
THRESHOLD = 50
"""The balance whose crossings `kernel.sql` keeps."""


@dataclass(frozen=True)
class KernelResult:
    """What the statement took and made."""

    seconds: float
    crossings: int


def run_kernel(connection: duckdb.DuckDBPyConnection, as_of: str) -> KernelResult:
    """Run the statement over `events`, which the connection has, with the definitions in force.

    Args:
        connection: with a table or view `events`; the table `crossings` is written there.
        as_of: the last instant that counts (naive UTC, ISO 8601).
    """
    read_definitions(connection, as_of)
    connection.execute(f"set variable as_of = timestamp '{as_of}'")
    statement = KERNEL.read_text(encoding="utf-8")
    began = time.perf_counter()
    connection.execute(statement)
    seconds = time.perf_counter() - began
    found = connection.execute("select count(*) from crossings").fetchone()
    return KernelResult(seconds, int(found[0]) if found else 0)


def read_definitions(connection: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Seeds as tables: the catalogue, and the rows of the definition version in force."""
    connection.execute(
        "create or replace temp table signal_catalogue as "
        f"from read_csv('{SEEDS}/reference/signal_catalogue.csv', header = true, types = "
        "{'url_pattern': 'varchar', 'content_pattern': 'varchar', 'page_group': 'varchar'})"
    )
    in_force = (
        "select arg_max(definition_version, effective_from) "
        f"from read_csv('{SEEDS}/definitions/definition_versions.csv', header = true) "
        f"where status = 'active' and cast(effective_from as timestamp) <= timestamp '{as_of}'"
    )
    for table in ("scoring_rules", "decay_profiles"):
        connection.execute(
            f"create or replace temp table {table} as "
            f"select * exclude (definition_version) "
            f"from read_csv('{SEEDS}/definitions/{table}.csv', header = true, "
            f"types = {{'definition_version': 'varchar'}}) "
            f"where definition_version = ({in_force})"
        )


def main(events: str, out: str, as_of: str) -> None:
    """Score a Parquet file into a DuckDB file."""
    with duckdb.connect(out) as connection:
        connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
        connection.execute(f"create or replace temp view events as from read_parquet('{events}')")
        result = run_kernel(connection, as_of)
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main(*sys.argv[1:])
