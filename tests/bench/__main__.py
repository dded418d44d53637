"""`python -m bench measure`: what a run costs, beside what one statement costs."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.status import Status

from bench.audit_page import facts as page_facts
from bench.audit_page import measure as measure_page
from bench.audit_page import report as page_report
from bench.crm import facts as crm_facts
from bench.crm import measure as measure_crm
from bench.crm import report as crm_report
from bench.dataset import Dataset, Recipe
from bench.engines import Built, Engine, engines_table
from bench.engines import measure as measure_engine
from bench.errors import BenchError
from bench.growth import PHASES, Size, growth_facts, growth_tables
from bench.machine import code_facts, load_by_all, machine_facts
from bench.phases import Bench, Outcome, Phase, memory_floor, prepare_dataset, with_needs
from bench.process import Glimpse
from bench.report import TITLES, busy_note, report, size_in_words
from bench.results import FOLDER, dataset_facts, outcome_facts, write_results
from bench.targets import judge
from bench.warehouses import DuckdbFile, warehouse_at

PEOPLE = 1_000_000
MILLIONS = 20
"""Millions of events at scale 1."""
UNTIL = "2026-07-01"
"""The same history on every day and every machine."""
HEARTBEAT = 60.0


class Screen:
    """Says what goes on: on a terminal in one line that moves, elsewhere once a minute."""

    def __init__(self) -> None:
        self.console = Console()
        if not self.console.is_terminal:
            self.console = Console(width=120)
        self.status: Status | None = None
        self.last_beat = 0.0

    def begin(self, title: str) -> None:
        """A phase begins."""
        self.last_beat = time.monotonic()
        if self.console.is_terminal:
            self.status = self.console.status(title)
            self.status.start()
        else:
            self.console.print(f"{title} ...")

    def watch(self, name: str, glimpse: Glimpse) -> None:
        """A phase goes on."""
        text = f"{name} · {glimpse.seconds:.0f} s · {size_in_words(glimpse.memory_bytes)}"
        text += f" · {size_in_words(glimpse.spill_bytes)} on disk" if glimpse.spill_bytes else ""
        text += f" · {glimpse.last_line[:60]}" if glimpse.last_line else ""
        if self.status is not None:
            self.status.update(click.unstyle(text).replace("[", r"\["))
        elif time.monotonic() - self.last_beat >= HEARTBEAT:
            self.last_beat = time.monotonic()
            self.console.print(f"  {text}", markup=False, highlight=False)

    def end(self, text: str, *, is_done: bool) -> None:
        """A phase ended."""
        if self.status is not None:
            self.status.stop()
            self.status = None
        mark = "[green]✓[/]" if is_done else "[red]✗[/]"
        self.console.print(mark, text, highlight=False)

    def warn_if_busy(self, machine: Mapping[str, Any]) -> None:
        """Say so where others wanted the cores, too."""
        note = busy_note(float(machine["load_before"]), int(machine["cores"] or 1))
        if note is not None:
            self.console.print(note)


class PhaseNames(click.ParamType[list[Phase]]):
    """Names of phases, separated by commas."""

    name = "phases"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[Phase]:
        """Read them, or say which there are."""
        try:
            return [Phase(name.strip()) for name in str(value).split(",")]
        except ValueError as error:
            self.fail(f"{error}; there are {', '.join(Phase)}", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure what a run costs."""


@main.command()
@click.option("--scale", type=float, default=1.0, show_default=True, help="1: a million people.")
@click.option("--seed", type=int, default=42, show_default=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=UNTIL,
    show_default=True,
    help="Last day of the history.",
)
@click.option(
    "--only", type=PhaseNames(), metavar="A,B", help=f"Of {', '.join(Phase)}; and what they need."
)
@click.option("--memory", default="4GB", show_default=True, help="Limit of the phase memory.")
@click.option("--warehouse", metavar="URL", help="postgresql://... to measure there: empty.")
@click.option("--kernel-runs", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--keep", is_flag=True, help="Leave the warehouse there afterwards.")
def measure(
    scale: float,
    seed: int,
    until: datetime,
    only: list[Phase] | None,
    memory: str,
    warehouse: str | None,
    kernel_runs: int,
    keep: bool,
) -> None:
    """Measure each phase in a fresh process, and compare.

    Exit codes: 0 every phase was measured (targets met or not), 1 one was not, 2 usage.
    """
    screen, facts = Screen(), {"machine": machine_facts(), "code": code_facts()}
    folder = FOLDER / f"scale-{scale:g}"
    recipe = Recipe(people_at(scale), seed, until.date())
    try:
        place = warehouse_at(warehouse, folder / "bench.duckdb")
    except BenchError as error:
        raise click.BadParameter(str(error), param_hint="--warehouse") from error
    try:
        dataset = prepare(screen, recipe, folder)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    bench = Bench(dataset, place, folder, screen.watch, memory, kernel_runs)
    measure_phases(screen, bench, with_needs(only or list(Phase)))
    verdicts = judge(bench.outcomes)
    screen.console.print(report(bench.outcomes, verdicts))
    screen.warn_if_busy(facts["machine"])
    file = write_results(
        f"{scale:g}",
        {
            "scale": scale,
            "engine": place.engine,
            **facts,
            "load_after": load_by_all(),
            "memory_floor_bytes": memory_floor(),
            "data": dataset_facts(dataset),
            **outcome_facts(bench.outcomes, verdicts),
        },
    )
    if not keep:
        clear(folder)
    screen.console.print(f"Everything: {file}", highlight=False, soft_wrap=True)
    sys.exit(0 if all(each.is_done for each in bench.outcomes.values()) else 1)


class Engines(click.ParamType[list[Engine]]):
    """Names of engines, separated by commas."""

    name = "engines"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[Engine]:
        """Read them, or say which there are."""
        try:
            return [Engine(name.strip()) for name in str(value).split(",")]
        except ValueError as error:
            self.fail(f"{error}; there are {', '.join(Engine)}", param, ctx)


class Sizes(click.ParamType[list[float]]):
    """Millions of events, separated by commas."""

    name = "sizes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[float]:
        """Read them, or say how to write them."""
        try:
            return sorted(float(each) for each in str(value).split(","))
        except ValueError:
            self.fail(f"{value} is not a list of numbers such as 2,5,10", param, ctx)


@main.command()
@click.option("--sizes", type=Sizes(), default="2,5,10,20,50", show_default=True, metavar="A,B")
@click.option("--seed", type=int, default=42, show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=UNTIL, show_default=True)
@click.option("--kernel-runs", type=click.IntRange(min=1), default=1, show_default=True)
def growth(sizes: list[float], seed: int, until: datetime, kernel_runs: int) -> None:
    """Build everything at several sizes (millions of events), and say how the cost grows.

    Exit codes: 0 every size was measured, 1 one was not, 2 usage.
    """
    screen, facts = Screen(), {"machine": machine_facts(), "code": code_facts()}
    measured: list[Size] = []
    for millions in sizes:
        recipe = Recipe(people_at(millions / MILLIONS), seed, until.date())
        folder = FOLDER / f"growth-{millions:g}"
        try:
            dataset = prepare(screen, recipe, folder)
        except BenchError as error:
            raise click.ClickException(str(error)) from error
        place = DuckdbFile(folder / "bench.duckdb")
        bench = Bench(dataset, place, folder, screen.watch, kernel_runs=kernel_runs)
        measure_phases(screen, bench, with_needs(PHASES))
        measured.append(Size(recipe.people, dataset.events, bench.outcomes))
        clear(folder)
    screen.console.print(*growth_tables(measured), sep="\n")
    screen.warn_if_busy(facts["machine"])
    file = write_results(
        "growth",
        {"engine": "duckdb", **facts, "load_after": load_by_all(), **growth_facts(measured)},
    )
    screen.console.print(f"Everything: {file}", highlight=False, soft_wrap=True)
    done = [each.is_done for size in measured for each in size.outcomes.values()]
    sys.exit(0 if all(done) else 1)


@main.command()
@click.option("--sizes", type=Sizes(), default="0.2,1", show_default=True, metavar="A,B")
@click.option(
    "--engines", "names", type=Engines(), default=",".join(Engine), show_default=True, metavar="A,B"
)
@click.option("--seed", type=int, default=42, show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=UNTIL, show_default=True)
def engines(sizes: list[float], names: list[Engine], seed: int, until: datetime) -> None:
    """Build all models with dbt alone on each engine, at several sizes (millions of events).

    Exit codes: 0 every build was measured, 1 one was not, 2 usage.
    """
    screen, facts = Screen(), {"machine": machine_facts(), "code": code_facts()}
    builds: list[Built] = []
    failures = 0
    for engine in names:
        for millions in sizes:
            recipe = Recipe(people_at(millions / MILLIONS), seed, until.date())
            folder = FOLDER / "engines"
            try:
                dataset = prepare(screen, recipe, folder)
                screen.begin(f"{engine}, {dataset.events:,} events")
                built = measure_engine(engine, dataset, folder / engine, screen.watch)
            except BenchError as error:
                screen.end(f"{engine}: {error}", is_done=False)
                failures += 1
                continue
            screen.end(f"{engine}: {built.seconds:.1f} s of models", is_done=True)
            builds.append(built)
    screen.console.print(engines_table(builds))
    screen.warn_if_busy(facts["machine"])
    told = {"builds": [each.as_dict() for each in builds]}
    file = write_results("engines", {**facts, "load_after": load_by_all(), **told})
    screen.console.print(f"Everything: {file}", highlight=False, soft_wrap=True)
    sys.exit(1 if failures else 0)


@main.command()
@click.option("--records", type=click.IntRange(min=100), default=100_000, show_default=True)
@click.option("--latency", type=float, default=0.1, show_default=True, help="Seconds an answer.")
@click.option("--limit", type=int, default=190, show_default=True, help="Requests in 10 seconds.")
def crm(records: int, latency: float, limit: int) -> None:
    """Tell a simulated HubSpot everything, be killed in the middle, and tell it the rest.

    Exit codes: 0 nothing was lost or said twice, 1 something was, 2 usage.
    """
    screen, about = Screen(), {"machine": machine_facts(), "code": code_facts()}
    screen.begin(f"{records:,} records")
    folder = FOLDER / "crm"
    try:
        found = measure_crm(folder, records, latency, limit)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    screen.end(f"{records:,} records", is_done=found.is_clean)
    screen.console.print(crm_report(found))
    screen.warn_if_busy(about["machine"])
    file = write_results("crm", {**about, "load_after": load_by_all(), **crm_facts(found)})
    screen.console.print(f"Everything: {file}", highlight=False, soft_wrap=True)
    sys.exit(0 if found.is_clean else 1)


@main.command()
@click.option(
    "--warehouse",
    default=str(FOLDER / "scale-1" / "bench.duckdb"),
    show_default=True,
    help="Where published marts are: those that `measure --keep` leaves.",
)
def audit(warehouse: str) -> None:
    """Ask the audit page for what people look at, over marts that are there.

    Exit codes: 0 measured, 1 not, 2 usage.
    """
    screen, about = Screen(), {"machine": machine_facts(), "code": code_facts()}
    screen.begin(f"the audit page of {warehouse}")
    try:
        found = measure_page(warehouse)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    screen.end(f"the audit page of {warehouse}", is_done=True)
    screen.console.print(page_report(found))
    screen.warn_if_busy(about["machine"])
    file = write_results("audit", {**about, "load_after": load_by_all(), **page_facts(found)})
    screen.console.print(f"Everything: {file}", highlight=False, soft_wrap=True)


def prepare(screen: Screen, recipe: Recipe, folder: Path) -> Dataset:
    """The data to measure on. Raises `BenchError`."""
    screen.begin(f"data of {recipe.people:,} people")
    try:
        dataset = prepare_dataset(recipe, folder, screen.watch)
    except BenchError:
        screen.end("data", is_done=False)
        raise
    screen.end(f"{dataset.events:,} events of {recipe.people:,} people", is_done=True)
    return dataset


def measure_phases(screen: Screen, bench: Bench, phases: Sequence[Phase]) -> None:
    """Measure one phase after the other, and say how each ended."""
    for phase in phases:
        screen.begin(TITLES[phase])
        outcome = bench.measure(phase)
        screen.end(one_line(outcome), is_done=outcome.is_done)


def people_at(scale: float) -> int:
    """How many people a scale is."""
    return max(1, round(PEOPLE * scale))


def one_line(outcome: Outcome) -> str:
    """How a phase ended."""
    title = TITLES[outcome.phase]
    if outcome.usage is None or not outcome.is_done:
        return f"{title}: {outcome.error.partition(chr(10))[0]}"
    usage = outcome.usage
    return f"{title}: {usage.wall_seconds:.1f} s, {size_in_words(usage.peak_memory_bytes)}"


def clear(folder: Path) -> None:
    """Keep the logs, not the warehouse."""
    for place in folder.iterdir():
        if place.name != "logs":
            shutil.rmtree(place) if place.is_dir() else place.unlink()


if __name__ == "__main__":
    main()
