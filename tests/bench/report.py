"""What was measured, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.phases import Outcome, Phase
from bench.targets import Verdict

TITLES = {
    Phase.KERNEL: "kernel (one statement)",
    Phase.LOAD: "load",
    Phase.FULL: "full build",
    Phase.NOTHING: "nothing new",
    Phase.STARTUP: "nothing new, traced",
    Phase.ONE: "1 person touched",
    Phase.TOUCHED: "1 % touched",
    Phase.MEMORY: "full build, less memory",
}
SHORT = {Phase.ONE: "1 person", Phase.TOUCHED: "1 %", Phase.MEMORY: "less memory"}
ITEMS = {
    "start_up": "start-up and end",
    "load": "load files",
    "gates": "gates",
    "seeds": "seeds",
    "models_staging": "models: staging",
    "models_intermediate": "models: intermediate",
    "models_marts": "models: marts",
    "tests": "tests",
    "erasure": "erase people",
    "again_after_erasure": "staging once more",
    "dbt_rest": "dbt around its nodes",
    "publish": "publish",
    "crm": "tell the CRM",
}
SLOWEST = 12
BUSY = 0.25
"""Load per core, before the measurement, from which on figures are not to be trusted."""
IMPORTS_SHOWN = 12


def report(outcomes: Mapping[Phase, Outcome], verdicts: Sequence[Verdict]) -> Group:
    """Everything that was measured, the targets last."""
    return Group(*_parts(outcomes, verdicts))


def _parts(
    outcomes: Mapping[Phase, Outcome], verdicts: Sequence[Verdict]
) -> Iterator[RenderableType]:
    done = [each for each in outcomes.values() if each.is_done]
    if done:
        yield usage_table(done)
    broken_down = [each for each in done if each.breakdown is not None]
    if broken_down:
        yield breakdown_table(broken_down, outcomes.get(Phase.KERNEL))
    if Phase.FULL in outcomes and outcomes[Phase.FULL].nodes:
        yield slowest_table(outcomes[Phase.FULL])
    if Phase.STARTUP in outcomes and outcomes[Phase.STARTUP].is_done:
        yield startup_table(outcomes[Phase.STARTUP])
    if verdicts:
        yield verdict_table(verdicts)
    for each in outcomes.values():
        if each.error:
            yield Text(f"{TITLES[each.phase]}: {each.error}", style="red")


def busy_note(load_before: float, cores: int) -> Text | None:
    """A warning where others wanted the cores too: then seconds say little, ratios hardly more."""
    if load_before <= BUSY * cores:
        return None
    note = f"The machine was busy: load {load_before:.1f} before, on {cores} cores. Measure again."
    return Text(note, style="yellow")


def usage_table(outcomes: Sequence[Outcome]) -> Table:
    """What each phase took."""
    table = new_table("What each phase took", "", "wall", "CPU", "memory", "spilt", "warehouse")
    for each in outcomes:
        usage, size = each.usage, each.figures.get("warehouse_bytes")
        assert usage is not None
        table.add_row(
            TITLES[each.phase],
            f"{usage.wall_seconds:.1f} s",
            f"{usage.cpu_seconds:.1f} s",
            size_in_words(usage.peak_memory_bytes),
            size_in_words(usage.peak_spill_bytes) if usage.peak_spill_bytes else "·",
            size_in_words(size) if size else "",
        )
    return table


def breakdown_table(outcomes: Sequence[Outcome], kernel: Outcome | None) -> Table:
    """Where the wall time of each run went, and how many kernels its models are."""
    titles = [SHORT.get(each.phase, TITLES[each.phase]) for each in outcomes]
    table = new_table("Where the seconds went", "", *titles)
    rows = [asdict(each.breakdown) for each in outcomes if each.breakdown is not None]
    for item, label in ITEMS.items():
        table.add_row(label, *(_seconds(row[item]) for row in rows))
    walls = [each.usage.wall_seconds for each in outcomes if each.usage is not None]
    table.add_row("wall", *(f"{wall:.1f}" for wall in walls), style="bold", end_section=True)
    models = [each.breakdown.models for each in outcomes if each.breakdown is not None]
    table.add_row("all models", *(_seconds(seconds) for seconds in models))
    if kernel is not None and kernel.is_done:
        yardstick = kernel.figures["statement_seconds"]
        ratios = [f"{seconds / yardstick:.1f}" if seconds else "·" for seconds in models]
        table.add_row(f"in kernels ({yardstick:.2f} s)", *ratios)
    return table


def slowest_table(outcome: Outcome) -> Table:
    """The models and tests of the full build that took longest."""
    table = new_table("Slowest of the full build", "", "kind", "seconds")
    for node in sorted(outcome.nodes, key=lambda node: -node.seconds)[:SLOWEST]:
        again = ", again" if node.is_again else ""
        table.add_row(node.name, (node.floor or node.kind) + again, f"{node.seconds:.2f}")
    return table


def startup_table(outcome: Outcome) -> Table:
    """The items of a run with nothing new, which add up to it."""
    items: dict[str, float] = outcome.figures["items"]
    imports = {k: v for k, v in items.items() if k.startswith("import ")}
    shown = sorted(imports, key=lambda item: -imports[item])[:IMPORTS_SHOWN]
    table = new_table("Start-up, item by item (nothing new, traced)", "", "seconds")
    for item, seconds in sorted(items.items(), key=lambda pair: -pair[1]):
        if item not in imports:
            table.add_row(item, f"{seconds:.2f}")
    others = sum(seconds for item, seconds in imports.items() if item not in shown)
    table.add_row(f"imports, {len(imports)} packages", f"{sum(imports.values()):.2f}")
    for item in shown:
        table.add_row(Text(f"  {item}", style="dim"), Text(f"{imports[item]:.2f}", style="dim"))
    table.add_row(Text("  all others", style="dim"), Text(f"{others:.2f}", style="dim"))
    table.add_row("sum", f"{sum(items.values()):.2f}", style="bold", end_section=True)
    asked_for: dict[str, float] = outcome.figures["asked_for"]
    for package in sorted(asked_for, key=lambda name: -asked_for[name])[:5]:
        table.add_row(f"importing {package} and what it needs", f"{asked_for[package]:.2f}")
    beside = sum(outcome.figures["beside"].values())
    if beside:
        table.add_row("in other threads meanwhile", f"{beside:.2f}")
    return table


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """The targets."""
    table = new_table("Targets", "", "found", "")
    marks = {True: "[green]met[/]", False: "[bold red]not met[/]", None: "[dim]not measured[/]"}
    for each in verdicts:
        table.add_row(each.target, each.found, marks[each.is_met])
    return table


def size_in_words(size: float) -> str:
    """An amount of memory or disk, in powers of 1,024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.2f} {unit}" if unit == "GiB" else f"{size:.0f} {unit}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if abs(seconds) >= 0.05 else "·"


def new_table(title: str, *columns: str) -> Table:
    """A table whose first column names things and whose others are figures."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", no_wrap=place == 0)
    return table
