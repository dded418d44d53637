"""What is measured is measured rightly, and judged rightly."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from bench import dbt_log, phases
from bench.dataset import Dataset, Recipe
from bench.dbt_log import DbtLogs, NodeTime
from bench.errors import BenchError
from bench.growth import growth_of
from bench.phases import Bench, Breakdown, Outcome, Phase, with_needs
from bench.process import Glimpse, Usage, own_memory_bytes, run_measured
from bench.targets import judge
from bench.trace import Stopwatch
from bench.warehouses import DuckdbFile, warehouse_at


def usage(wall: float, memory: int = 2**30) -> Usage:
    return Usage(0, wall, wall, 0.0, memory, 0, 0.0, wall)


def node(name: str, kind: str, floor: str, seconds: float, *, is_again: bool = False) -> NodeTime:
    return NodeTime(name, kind, floor, seconds, "success", is_again)


NODES = [
    node("labels", "seed", "", 1.0),
    node("stg_events", "model", "staging", 4.0),
    node("unique", "test", "", 0.5),
    node("stg_events", "model", "staging", 3.0, is_again=True),
    node("int_signals", "model", "intermediate", 10.0),
    node("leads", "model", "marts", 2.0),
]
STEPS = {"load": 1.0, "arrival_raw": 2.0, "staging": 6.0, "erasure": 5.0, "marts": 13.0}


def test_items_of_a_run_add_up_to_its_wall_time() -> None:
    breakdown = Breakdown.of(40.0, STEPS, NODES)
    assert sum(asdict(breakdown).values()) == pytest.approx(40.0)
    assert breakdown.models == 16.0
    assert breakdown.start_up == 13.0
    assert (breakdown.erasure, breakdown.again_after_erasure) == (2.0, 3.0)


def test_a_process_is_measured(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    floor = own_memory_bytes()
    statement = (
        f"import time; block = bytearray({floor} + 64 * 2**20); "
        f"open({str(spill)!r}, 'wb').write(bytes(4096)); time.sleep(0.4); print('done')"
    )
    glimpses: list[Glimpse] = []
    found = run_measured(
        [sys.executable, "-c", statement],
        log=tmp_path / "log",
        spill=[spill],
        watch=glimpses.append,
    )
    assert found.exit_code == 0
    assert found.wall_seconds >= 0.4
    assert found.peak_memory_bytes >= floor + 64 * 2**20
    assert found.peak_spill_bytes == 4096
    assert (tmp_path / "log").read_text(encoding="utf-8") == "done\n"
    assert glimpses


def test_a_failure_is_not_swallowed(tmp_path: Path) -> None:
    found = run_measured([sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "log")
    assert found.exit_code == 3


def test_a_log_that_is_deleted_half_way_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbt_log, "LOGS", tmp_path)
    log = tmp_path / "bench" / "logs" / "dbt.log"
    log.parent.mkdir(parents=True)

    def write(name: str, seconds: float) -> None:
        info = {"unique_id": f"model.leadger.{name}", "resource_type": "model"}
        info |= {"node_name": name, "node_path": f"staging/{name}.sql", "node_status": "success"}
        data = {"node_info": info, "execution_time": seconds}
        with log.open("a", encoding="utf-8") as file:
            print(json.dumps({"info": {"name": "LogModelResult"}, "data": data}), file=file)

    write("stg_before", 1.0)
    logs = DbtLogs()
    write("stg_events", 2.0)
    log.unlink()
    write("stg_events", 3.0)
    found = [(each.name, each.floor, each.seconds, each.is_again) for each in logs.close()]
    assert found == [("stg_events", "staging", 2.0, False), ("stg_events", "staging", 3.0, True)]


def test_a_stopwatch_loses_nothing() -> None:
    watch = Stopwatch("base")
    began = watch.since
    with watch.on("import a"):
        with watch.on("import b"):
            pass
        with watch.on("parse"):
            pass
    with watch.on("base"):
        pass
    assert set(watch.items) == {"base", "import a", "import b", "parse"}
    assert sum(watch.items.values()) == pytest.approx(watch.since - began)


@pytest.mark.parametrize(
    ("power", "is_at_most_linear"), [(0.9, True), (1.0, True), (1.2, False), (2.0, False)]
)
def test_growth_is_told_by_its_exponent(power: float, is_at_most_linear: bool) -> None:
    growth = growth_of("models", [(size, 3 * size**power) for size in (2, 5, 10, 20, 50)])
    assert growth is not None
    assert growth.exponent == pytest.approx(power)
    assert growth.is_at_most_linear is is_at_most_linear


def test_growth_that_begins_late_is_seen() -> None:
    growth = growth_of("models", [(1, 1), (10, 10), (100, 100), (200, 300)])
    assert growth is not None
    assert not growth.is_at_most_linear


def test_phases_bring_what_they_need() -> None:
    assert with_needs([Phase.TOUCHED, Phase.KERNEL]) == [
        *(Phase.KERNEL, Phase.LOAD, Phase.FULL, Phase.TOUCHED)
    ]
    assert with_needs([Phase.MEMORY]) == [Phase.LOAD, Phase.MEMORY]


def test_a_phase_that_fails_is_told_and_stops_only_those_that_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Dataset(Recipe(10), {"events": 200}, 1)
    place = DuckdbFile(tmp_path / "bench.duckdb")
    bench = Bench(data, place, tmp_path, lambda name, glimpse: None)
    monkeypatch.setattr(phases, "LEADGER", (sys.executable, "-c", "raise SystemExit('no room')"))
    monkeypatch.setattr(Bench, "_parse_once", lambda self: None)
    load, full = bench.measure(Phase.LOAD), bench.measure(Phase.FULL)
    assert "exit code 1" in load.error
    assert "no room" in load.error
    assert full.error == "not measured: load did not succeed"
    monkeypatch.setattr(place, "empty", lambda: 1 / 0)
    assert bench.measure(Phase.LOAD).error.startswith("ZeroDivisionError")


def test_targets_are_judged() -> None:
    kernel = Outcome(Phase.KERNEL, usage(3.0), figures={"statement_seconds": 2.0})
    full = Outcome(Phase.FULL, usage(40.0), breakdown=Breakdown.of(40.0, STEPS, NODES))
    nothing = Outcome(Phase.NOTHING, usage(9.0), figures={"steps": STEPS, "expectations": 0})
    touched = Outcome(
        Phase.TOUCHED, usage(12.0), figures={"people_expected": 10, "people_recomputed": 11}
    )
    failed = Outcome(Phase.MEMORY, error="exit code 1 after 3 s\nOut of Memory Error")
    outcomes = {each.phase: each for each in (kernel, full, nothing, touched, failed)}
    met = {each.target: each.is_met for each in judge(outcomes)}
    assert list(met.values()) == [False, True, False, True, False, False, False]


def test_a_failed_phase_is_no_target_met() -> None:
    outcomes = {Phase.FULL: Outcome(Phase.FULL, error="exit code 1")}
    assert [each.is_met for each in judge(outcomes)] == [None, None]


def test_a_warehouse_of_yours_is_not_measured_in(tmp_path: Path) -> None:
    own = tmp_path / "bench.duckdb"
    assert isinstance(warehouse_at(None, own), DuckdbFile)
    assert warehouse_at("postgresql://127.0.0.1/leads", own).engine == "postgresql"
    with pytest.raises(BenchError, match="no postgresql:// URL"):
        warehouse_at("warehouse/leadger.duckdb", own)
