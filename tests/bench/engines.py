"""What the models cost on each engine: dbt alone, on the same raw rows, at several sizes.

`python -m bench.engines ENGINE RAW FOLDER AS_OF` builds once, in a process of its own. PostgreSQL
is a server that is started on loopback and removed again, Spark a session of this machine.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.dataset import Dataset
from bench.errors import BenchError
from bench.phases import Watch
from bench.process import Usage, run_measured
from bench.report import new_table, size_in_words
from engines import postgres_server
from engines.rooms import DuckdbRoom, PostgresRoom, Room, SparkRoom
from orchestration.warehouse.duckdb_file import DuckDBFile
from orchestration.warehouse.spark_session import local_session
from orchestration.workspace import PROJECT

TESTS = PROJECT / "tests" / "python"
SPARK_MEMORY = "10g"


class Engine(StrEnum):
    """Where the models can be built."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    SPARK = "spark"


@dataclass(frozen=True)
class Built:
    """One build of all models, without tests."""

    engine: Engine
    events: int
    models: int
    seconds: float
    """Of all models, each one's own time added up."""
    slowest: Sequence[tuple[str, float]]
    usage: Usage

    @property
    def millions(self) -> float:
        """Millions of events."""
        return self.events / 1e6

    def as_dict(self) -> dict[str, Any]:
        """For the results file."""
        return {**asdict(self), "engine": self.engine.value}


def measure(engine: Engine, dataset: Dataset, folder: Path, watch: Watch) -> Built:
    """Build all models on an engine, in a process of its own. Raises `BenchError`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder.with_name(f"{folder.name}.log")
    usage = run_measured(
        [
            *(sys.executable, "-m", "bench.engines", engine.value),
            *(str(dataset.raw), str(folder), dataset.recipe.as_of),
        ],
        log=log,
        environment={"PYTHONPATH": os.pathsep.join([str(PROJECT / "tests"), str(TESTS)])},
        spill=(folder,),
        watch=lambda glimpse: watch(engine, glimpse),
    )
    told = folder / "seconds.json"
    if usage.exit_code != 0 or not told.exists():
        raise BenchError(f"{engine} ended with {usage.exit_code}; the log is {log}")
    seconds: dict[str, float] = json.loads(told.read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    slowest = sorted(seconds.items(), key=lambda each: -each[1])[:10]
    return Built(engine, dataset.events, len(seconds), sum(seconds.values()), slowest, usage)


def engines_table(builds: Sequence[Built]) -> Table:
    """What each build took, and what a million events more cost since the smaller size."""
    table = new_table(
        "All models, dbt alone",
        *("engine", "events", "models", "a million more", "memory of the client", "slowest"),
    )
    before: Built | None = None
    for each in builds:
        more = "·"
        if before is not None and before.engine is each.engine:
            more = f"{(each.seconds - before.seconds) / (each.millions - before.millions):.1f} s"
        name, seconds = each.slowest[0]
        table.add_row(
            *(each.engine, f"{each.millions:.2f} million", f"{each.seconds:.1f} s", more),
            size_in_words(each.usage.peak_memory_bytes),
            f"{name} {seconds:.1f} s",
        )
        before = each
    return table


@contextmanager
def furnished(engine: Engine, loaded: DuckdbRoom, folder: Path) -> Iterator[Room]:
    """A warehouse of that engine that holds the raw rows."""
    copies = folder / "copies"
    copies.mkdir()
    if engine is Engine.DUCKDB:
        yield loaded
    elif engine is Engine.POSTGRES:
        with postgres_server.running() as server:
            room = PostgresRoom(server, "bench")
            room.furnish(loaded, copies)
            shutil.rmtree(copies)
            yield room
    else:
        session = local_session(folder / "spark", memory=SPARK_MEMORY)
        spark = SparkRoom(session)
        spark.furnish(loaded, copies)
        shutil.rmtree(copies)
        yield spark
        session.stop()


def build_models(room: Room, folder: Path, as_of: str) -> dict[str, float]:
    """Seconds of each model. Raises `BenchError`, with what dbt said."""
    from dbt.cli.main import dbtRunner

    os.environ.update(room.environment, DO_NOT_TRACK="1")
    outcome = dbtRunner().invoke(
        [
            *("--quiet", "--log-path", str(folder / "logs"), "build"),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target")),
            *("--vars", json.dumps({"as_of": as_of, "marts_schema": "marts_next"})),
        ]
    )
    DuckDBFile(folder).release()
    if not outcome.success:
        raise BenchError(f"dbt: {outcome.exception}")
    return {
        result.node.name: float(result.execution_time)
        for result in outcome.result.results
        if result.node.resource_type == "model"
    }


def main(engine: str, raw: str, folder: str, as_of: str) -> None:
    """Build once, and leave the seconds of each model in the folder."""
    place = Path(folder)
    loaded = DuckdbRoom.loaded(place / "bench.duckdb", Path(raw))
    with furnished(Engine(engine), loaded, place) as room:
        seconds = build_models(room, place, as_of)
    (place / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
