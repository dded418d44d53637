"""What the engines are compared on: a demo, a real funnel, adversarial histories.

Each is built on DuckDB once and then on the other engine. Data tests and truth tables run on both
for the demo and the funnel; for histories on DuckDB alone, whose rows the other engine must have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from engines.rooms import Builder, DuckdbRoom, Room, differences
from model.histories import (
    AS_OF,
    Options,
    random_definitions,
    random_history,
    write_definitions,
    write_raw,
)
from orchestration.demo.generate import make_demo
from pipeline.sandbox import Sandbox

Furnish = Callable[[DuckdbRoom, Path], Room]
"""Makes a room of the other engine with the raw rows of a DuckDB file, with a folder for files."""


def assert_same_demo(folder: Path, furnish: Furnish) -> None:
    """An invented history, dirt included."""
    make_demo(folder / "raw", people=300, seed=3, until=date(2026, 6, 1))
    _assert_same(folder, folder / "raw", Builder(folder, datetime(2026, 6, 1)), furnish)


def assert_same_funnel(folder: Path, funnel: Path, furnish: Furnish) -> None:
    """A real lead funnel."""
    _assert_same(folder, funnel, Builder(folder, datetime(2012, 4, 1)), furnish)


def assert_same_histories(folder: Path, seed: int, furnish: Furnish) -> None:
    """Histories made to collide, under definitions drawn at random."""
    options = Options(**dict.fromkeys(Options.__dataclass_fields__, True))
    sandbox = Sandbox.make(folder / "sandbox")
    write_definitions(random_definitions(seed), sandbox.seeds)
    write_raw(random_history(seed=seed, people=300, options=options), sandbox.raw)
    builder = Builder(folder, AS_OF, sandbox.project)
    _assert_same(folder, sandbox.raw, builder, furnish, with_tests=False)


def _assert_same(
    folder: Path, raw: Path, builder: Builder, furnish: Furnish, *, with_tests: bool = True
) -> None:
    ours = DuckdbRoom.loaded(folder / "w.duckdb", raw)
    theirs = furnish(ours, folder)
    builder.build(ours)
    builder.build(theirs, with_tests=with_tests)
    wrong = differences(ours, theirs, folder)
    assert not wrong, "\n".join(wrong)
