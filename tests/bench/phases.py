"""The phases of a measurement: what each runs, what it needs, and what it yields."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bench.dataset import Dataset, Recipe, find
from bench.dbt_log import AS_JSON, DbtLogs, NodeTime
from bench.errors import BenchError
from bench.process import Glimpse, Usage, own_memory_bytes, run_measured
from bench.warehouses import DuckdbFile, Told, Warehouse

LEADGER = (sys.executable, "-m", "orchestration")
LINES_SHOWN = 15
UNSET: Mapping[str, str | None] = {"LEADGER_WAREHOUSE": None, "LEADGER_MEMORY": None}
GATES = ("arrival_raw", "arrival_staging", "departure_crm")


class Phase(StrEnum):
    """What can be measured, in the order it is."""

    KERNEL = "kernel"
    LOAD = "load"
    FULL = "full"
    NOTHING = "nothing"
    STARTUP = "startup"
    ONE = "one"
    TOUCHED = "touched"
    MEMORY = "memory"


NEEDS: Mapping[Phase, Phase] = {
    Phase.FULL: Phase.LOAD,
    Phase.NOTHING: Phase.FULL,
    Phase.STARTUP: Phase.FULL,
    Phase.ONE: Phase.FULL,
    Phase.TOUCHED: Phase.FULL,
    Phase.MEMORY: Phase.LOAD,
}


def with_needs(wanted: Sequence[Phase]) -> list[Phase]:
    """The phases wanted and those they build on, in order."""
    found = set(wanted)
    for phase in reversed(Phase):
        if phase in found and phase in NEEDS:
            found.add(NEEDS[phase])
    return [phase for phase in Phase if phase in found]


@dataclass(frozen=True)
class Breakdown:
    """Where the wall time of a run went, in seconds; the items add up to it.

    With more than one dbt thread models run side by side, and `dbt_rest` may fall below nothing.
    """

    start_up: float
    load: float
    gates: float
    seeds: float
    models_staging: float
    models_intermediate: float
    models_marts: float
    tests: float
    again_after_erasure: float
    """Staging built and tested a second time, without the people erased."""
    erasure: float
    dbt_rest: float
    """dbt's own work around models, seeds and tests."""
    publish: float
    crm: float

    @property
    def models(self) -> float:
        """All models, each once: what is compared with the kernel."""
        return self.models_staging + self.models_intermediate + self.models_marts

    @classmethod
    def of(cls, wall: float, steps: Mapping[str, float], nodes: Sequence[NodeTime]) -> Breakdown:
        """Tell the items apart."""
        first = [node for node in nodes if not node.is_again]
        again = sum(node.seconds for node in nodes if node.is_again)

        def step(*names: str) -> float:
            return sum(steps.get(name, 0.0) for name in names)

        def kind(name: str, floor: str = "") -> float:
            return sum(n.seconds for n in first if n.kind == name and n.floor == floor)

        return cls(
            start_up=wall - sum(steps.values()),
            load=step("load"),
            gates=step(*GATES),
            seeds=kind("seed"),
            models_staging=kind("model", "staging"),
            models_intermediate=kind("model", "intermediate"),
            models_marts=kind("model", "marts"),
            tests=kind("test"),
            again_after_erasure=again,
            erasure=step("erasure") - again,
            dbt_rest=step("staging", "marts") - sum(node.seconds for node in first),
            publish=step("publish"),
            crm=step("crm"),
        )


@dataclass
class Outcome:
    """How a phase went."""

    phase: Phase
    usage: Usage | None = None
    error: str = ""
    breakdown: Breakdown | None = None
    nodes: Sequence[NodeTime] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    """What else the phase found out."""

    @property
    def is_done(self) -> bool:
        """Whether it was measured."""
        return not self.error and self.usage is not None

    def as_dict(self) -> dict[str, Any]:
        """For the results file."""
        return {
            "error": self.error or None,
            "usage": asdict(self.usage) if self.usage is not None else None,
            "breakdown": asdict(self.breakdown) if self.breakdown is not None else None,
            "nodes": [asdict(node) for node in self.nodes],
            **self.figures,
        }


Watch = Callable[[str, Glimpse], None]


@dataclass
class Bench:
    """One measurement under way."""

    dataset: Dataset
    warehouse: Warehouse
    folder: Path
    watch: Watch
    memory: str = "4GB"
    kernel_runs: int = 3
    outcomes: dict[Phase, Outcome] = field(default_factory=dict)

    def measure(self, phase: Phase) -> Outcome:
        """Run one phase; what goes wrong is in its outcome."""
        need = NEEDS.get(phase)
        if need is not None and not (need in self.outcomes and self.outcomes[need].is_done):
            outcome = Outcome(phase, error=f"not measured: {need} did not succeed")
        else:
            try:
                outcome = self._phases()[phase]()
            except BenchError as error:
                outcome = Outcome(phase, error=str(error))
            except Exception as error:  # whatever it is, the other phases go on without it
                outcome = Outcome(phase, error=f"{type(error).__name__}: {error}")
        self.outcomes[phase] = outcome
        return outcome

    def _phases(self) -> Mapping[Phase, Callable[[], Outcome]]:
        new = self.dataset
        return {
            Phase.KERNEL: self._kernel,
            Phase.LOAD: self._load,
            Phase.FULL: lambda: self._run(Phase.FULL),
            Phase.NOTHING: lambda: self._run(Phase.NOTHING),
            Phase.STARTUP: self._startup,
            Phase.ONE: lambda: self._run(Phase.ONE, "--raw", str(new.new_of_one), expected=1),
            Phase.TOUCHED: lambda: self._run(
                Phase.TOUCHED, "--raw", str(new.new_of_share), expected=new.touched
            ),
            Phase.MEMORY: self._memory,
        }

    def _measured(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str | None] | None = None,
        spill: Sequence[Path] = (),
        look: Callable[[], None] = lambda: None,
    ) -> Usage:
        def watch(glimpse: Glimpse) -> None:
            look()
            self.watch(name, glimpse)

        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        usage = run_measured(
            command,
            log=self._log(name),
            environment={
                **UNSET,
                **AS_JSON,
                "DO_NOT_TRACK": "1",
                "TMPDIR": str(scratch),
                **(environment or {}),
            },
            spill=(*self.warehouse.spill, scratch, *spill),
            watch=watch,
        )
        if usage.exit_code != 0:
            raise BenchError(_failure(usage, self._log(name)))
        return usage

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _kernel(self) -> Outcome:
        """The median of some runs, each in a process and a file of its own."""
        file = self.folder / "kernel.duckdb"
        taken: list[tuple[float, Usage, dict[str, Any]]] = []
        for _ in range(self.kernel_runs):
            file.unlink(missing_ok=True)
            usage = self._measured(
                Phase.KERNEL,
                [
                    *(sys.executable, "-m", "bench.kernel"),
                    *(str(self.dataset.kernel_events), str(file), self.dataset.recipe.as_of),
                ],
                spill=(file.with_name(file.name + ".tmp"),),
            )
            said = json.loads(self._log(Phase.KERNEL).read_text(encoding="utf-8").splitlines()[-1])
            taken.append((said["seconds"], usage, said))
        file.unlink(missing_ok=True)
        median = statistics.median_low([seconds for seconds, _, _ in taken])
        usage, said = next((u, s) for seconds, u, s in taken if seconds == median)
        figures = {
            "statement_seconds": median,
            "all_statement_seconds": [seconds for seconds, _, _ in taken],
            "crossings": said["crossings"],
        }
        return Outcome(Phase.KERNEL, usage, figures=figures)

    def _load(self) -> Outcome:
        self.warehouse.empty()
        self._parse_once()
        usage = self._measured(
            Phase.LOAD,
            [*LEADGER, "load", str(self.dataset.raw), "--warehouse", self.warehouse.address],
        )
        return Outcome(Phase.LOAD, usage, figures={"warehouse_bytes": self.warehouse.bytes()})

    def _parse_once(self) -> None:
        """Read the project once beforehand, as `make install` does: no part of any run."""
        if not isinstance(self.warehouse, DuckdbFile):
            return
        statement = (
            "import sys; from pathlib import Path; "
            "from orchestration.dbt_runner import parse_project; parse_project(Path(sys.argv[1]))"
        )
        self._measured("parse", [sys.executable, "-c", statement, self.warehouse.address])

    def _run_command(self, *arguments: str) -> list[str]:
        as_of = f"{self.dataset.recipe.as_of.replace(' ', 'T')}Z"
        where = ["--warehouse", self.warehouse.address, "--as-of", as_of]
        return ["run", *where, *arguments]

    def _run(
        self,
        phase: Phase,
        *arguments: str,
        environment: Mapping[str, str | None] | None = None,
        expected: int | None = None,
    ) -> Outcome:
        command = [*LEADGER, *self._run_command(*arguments)]
        logs = DbtLogs()
        try:
            usage = self._measured(phase, command, environment, look=logs.look)
        finally:
            nodes = logs.close()
        told = self.warehouse.told()
        figures = self._told(told)
        if expected is not None:
            figures["people_expected"] = expected
        breakdown = Breakdown.of(usage.wall_seconds, told.steps, nodes)
        return Outcome(phase, usage, "", breakdown, nodes, figures)

    def _told(self, told: Told) -> dict[str, Any]:
        return {
            "steps": dict(told.steps),
            "people_recomputed": told.recomputed,
            "expectations": told.expectations,
            "population": dict(told.summary.get("population", {})),
            "warehouse_bytes": self.warehouse.bytes(),
            "readers_bytes": self.warehouse.readers_bytes(),
        }

    def _startup(self) -> Outcome:
        """The run with nothing new once more, with a stopwatch in it."""
        out = self.folder / "startup.json"
        out.unlink(missing_ok=True)
        usage = self._measured(
            Phase.STARTUP,
            [sys.executable, "-m", "bench.trace", str(out), *self._run_command()],
        )
        found = json.loads(out.read_text(encoding="utf-8"))
        items = {**found["items"], "end Python": usage.ended - found["ended_at"]}
        figures = {"items": items, "beside": found["beside"], "asked_for": found["asked_for"]}
        return Outcome(Phase.STARTUP, usage, figures=figures)

    def _memory(self) -> Outcome:
        """Everything built once more, within less memory than it would like."""
        is_built = Phase.FULL in self.outcomes and self.outcomes[Phase.FULL].is_done
        outcome = self._run(
            Phase.MEMORY,
            *(["--full-refresh"] if is_built else []),
            environment={"LEADGER_MEMORY": self.memory},
        )
        outcome.figures["memory_limit"] = self.memory
        return outcome


def prepare_dataset(recipe: Recipe, folder: Path, watch: Watch) -> Dataset:
    """The dataset, made in a process of its own unless it is there. Raises `BenchError`."""
    dataset = find(recipe)
    if dataset is not None:
        return dataset
    log = folder / "logs" / "data.log"
    words = (recipe.people, recipe.seed, recipe.until.isoformat(), recipe.events_per_person)
    usage = run_measured(
        [sys.executable, "-m", "bench.dataset", *map(str, words)],
        log=log,
        spill=(recipe.folder,),
        watch=lambda glimpse: watch("data", glimpse),
    )
    dataset = find(recipe)
    if usage.exit_code != 0 or dataset is None:
        raise BenchError(_failure(usage, log))
    return dataset


def memory_floor() -> int:
    """No phase can read less memory than this."""
    return own_memory_bytes()


def _failure(usage: Usage, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN:]
    how = f"exit code {usage.exit_code}"
    if usage.exit_code < 0:
        how = f"killed by signal {-usage.exit_code}"
    return "\n".join([f"{how} after {usage.wall_seconds:.0f} s; the log is {log}", *lines])
