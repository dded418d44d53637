"""Whatever the slicing, shuffling, repetition and lateness of the same rows: the same marts.

`LEADGER_SLICINGS=100 python -m pytest tests/python/pipeline/test_slices.py` cuts a hundred random
histories, and the real lead funnel too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from model.definitions import Definitions
from model.facts import AS_OF, START
from model.histories import Options, random_definitions, random_history, write_raw
from orchestration.demo.generate import make_demo
from orchestration.ingest.load import load_folder
from pipeline.slicing import WAYS, Raw, cut, differences, joined, read_raw, write_rows
from pipeline.test_lending_funnel import FUNNEL
from pipeline.workshop import Workshop

SLICINGS = int(os.environ.get("LEADGER_SLICINGS", "1"))
SLICES = 4
PEOPLE = 250
DEMO_PEOPLE = 120
LANDED = AS_OF + timedelta(days=10)
LOGS = ("lead_stage_audit", "audit_digests")
"""What runs said and when: their number shows in it, so it may differ."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop.opened(tmp_path_factory.mktemp("slices") / "workshop") as opened:
        yield opened


def history_of(seed: int, folder: Path) -> Raw:
    """A random history of colliding instants beside a plausible one."""
    options = Options(**dict.fromkeys(Options.__dataclass_fields__, True))
    write_raw(random_history(seed, PEOPLE, options), folder / "colliding")
    make_demo(folder / "plausible", people=DEMO_PEOPLE, seed=seed, until=_day(AS_OF))
    return joined(
        read_raw(folder / "colliding", LANDED),
        read_raw(folder / "plausible", LANDED + timedelta(days=2)),
    )


def _day(instant: datetime) -> date:
    return instant.date() - timedelta(days=1)


def instants_of(seed: int, definitions: Definitions) -> list[datetime]:
    """When each slice is judged: one just before a new version, one at its very instant."""
    random = Random(f"instants {seed}")
    starts = [version.effective_from for version in definitions.versions[1:]]
    within = [at for at in starts if START < at < AS_OF] or [START + timedelta(days=100)]
    new = random.choice(within)
    others = [
        START + timedelta(hours=random.randrange(24 * 40, 24 * 300)) for _ in range(SLICES - 2)
    ]
    return sorted([*others, new - timedelta(seconds=1), new])


def without_newest(definitions: Definitions) -> Definitions:
    """The definitions before their last version in force at the end was agreed upon."""
    known = [one for one in definitions.versions if one.effective_from <= AS_OF]
    gone = known[-1].name if len(known) > 1 else ""
    return Definitions(
        {
            table: [row for row in rows if row.get("definition_version") != gone]
            for table, rows in definitions.tables.items()
        }
    )


@pytest.mark.parametrize("seed", range(SLICINGS))
def test_any_slicing_ends_in_the_same_marts(workshop: Workshop, seed: int, tmp_path: Path) -> None:
    definitions = random_definitions(seed)
    raw = history_of(seed, tmp_path)
    whole = workshop.warehouse(f"whole-{seed}")
    workshop.define(definitions)
    whole.run(AS_OF, write_rows(raw, tmp_path / "whole"), full_refresh=True)

    sliced = workshop.warehouse(f"sliced-{seed}")
    workshop.define(without_newest(definitions))
    instants = instants_of(seed, definitions)
    for number, part in enumerate(cut(raw, SLICES, seed)):
        if number == SLICES - 1:
            workshop.define(definitions)
        folders = [
            write_rows(half, tmp_path / f"slice-{number}-{place}")
            for place, half in enumerate(cut(part, 2, seed, ["scattered"]))
        ]
        load_folder(sliced.file, folders[0], now=datetime.now(UTC))
        sliced.run(instants[number], folders[1])  # two batches that one run finds
    assert differences(sliced.file, whole.file, ignored=LOGS), "time is to make a difference"
    sliced.run(AS_OF)  # nothing new, but steps of decay and windows fall due
    assert_same(sliced.file, whole.file)


@pytest.mark.skipif(
    not FUNNEL.is_dir(),
    reason=f"no real lead funnel in {FUNNEL}; name its folder in LEADGER_REAL_DATA",
)
@pytest.mark.skipif(
    "LEADGER_SLICINGS" not in os.environ,
    reason="minutes long; set LEADGER_SLICINGS to cut the real lead funnel into slices",
)
def test_a_sliced_real_funnel_ends_in_the_same_marts(workshop: Workshop, tmp_path: Path) -> None:
    as_of = datetime(2012, 4, 1)
    raw = read_raw(FUNNEL, as_of + timedelta(days=1))
    workshop.define(None)
    whole = workshop.warehouse("whole-funnel")
    whole.run(as_of, write_rows(raw, tmp_path / "whole"), full_refresh=True)
    for seed in range(SLICINGS):
        sliced = workshop.warehouse(f"sliced-funnel-{seed}")
        for number, part in enumerate(cut(raw, SLICES, seed)):
            instant = as_of - timedelta(days=20 * (SLICES - 1 - number))
            sliced.run(instant, write_rows(part, tmp_path / f"slice-{seed}-{number}"))
        assert_same(sliced.file, whole.file)


def assert_same(found: Path, wanted: Path) -> None:
    said = differences(found, wanted, ignored=LOGS)
    assert not said, "the slices' marts differ from a full refresh's\n" + "\n".join(said)


@pytest.mark.parametrize("way", WAYS)
def test_no_row_is_lost_in_a_slicing(way: str, tmp_path: Path) -> None:
    write_raw(random_history(1, 30, replace(Options(), quarantined=True)), tmp_path / "raw")
    raw = read_raw(tmp_path / "raw", LANDED)
    assert sum(map(len, raw.values())) > 100
    cuts = cut(raw, SLICES, "lost", [way])
    for table, rows in raw.items():
        found = {tuple(row.items()) for one in cuts for row in one.get(table, [])}
        assert found == {tuple(row.items()) for row in rows}


def test_differences_show_rows_of_each_side(tmp_path: Path) -> None:
    for name, stage in (("found", "mql"), ("wanted", "sql")):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute("create schema marts")
            connection.execute(f"create table marts.leads as select 'x' as id, '{stage}' as stage")
            connection.execute(f"create table marts.audit_digests as select '{name}' as digest")
    found, wanted = tmp_path / "found.duckdb", tmp_path / "wanted.duckdb"
    assert differences(found, wanted, ignored=LOGS) == [
        *("leads: 1 row(s) only found", "  id=x, stage=mql"),
        *("leads: 1 row(s) only wanted", "  id=x, stage=sql"),
    ]
    assert differences(found, found, ignored=LOGS) == []
    assert differences(found, found, schema="nothing") == ["there are no tables to compare"]
