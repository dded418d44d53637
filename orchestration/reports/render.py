"""A run's summary as a person reads it: one screen, 80 to 100 columns."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.reports.changes import CORRECTED, LEFT_THE_FUNNEL, WITHDRAWN
from orchestration.reports.progress import LABELS
from orchestration.reports.summary import STAGES, Summary
from orchestration.warehouse.places import look_command, parse_place
from orchestration.workspace import DEFAULT_WAREHOUSE

_ENDS = {"crm_failed": "Published, but not every CRM was told:"}
STAGE_LABELS = {"mql": "MQL", "sql": "SQL", "opted_out": "opted out", "none": "no longer a lead"}
EVER_STAGES = ("mql", "sql", "prospect", "customer")
SHOWN = 6


def render(summary: Summary) -> RenderableType:
    """The whole summary."""
    blocks = [_headline(summary)]
    if summary.failure:
        blocks.append(_failure(summary))
    blocks += [block for block in _figures(summary) if block is not None]
    if summary.state != "failed":
        blocks.append(_next_steps(summary))
    return Group(*(part for block in blocks for part in (Text(""), block)))


def _headline(summary: Summary) -> RenderableType:
    is_done = summary.state == "done"
    title = Text(" leadger ", style="bold white on dark_green" if is_done else "bold white on red")
    kind = "Dry run done" if summary.is_dry else "Done"
    words = [
        kind if is_done else _ENDS.get(summary.state, "Stopped"),
        f"in {summary.seconds:.0f} s",
        f"· judged at {summary.as_of:%Y-%m-%d %H:%M} UTC",
    ]
    if summary.known_at is not None:
        words.append(f"with what was known at {summary.known_at:%Y-%m-%d %H:%M} UTC")
    words.append(f"· peak memory {summary.peak_memory_mb:,} MB")
    return Text.assemble(title, " ", " ".join(words))


def _failure(summary: Summary) -> RenderableType:
    stays = ["The marts in use and the CRM are as they were before this run."]
    if summary.state == "crm_failed":
        stays = list(_what_is_true(summary))
    return Group(
        Text(summary.failure, style="red"), Text(""), *(Text(each, style="bold") for each in stays)
    )


def _what_is_true(summary: Summary) -> Iterator[str]:
    """Where everything stands when the marts were published and a CRM was not told."""
    yield "The marts of this run are published: they are the marts in use."
    told = [] if summary.crm is None else ["the file for the CRM's importer is written"]
    told += [f"{each.name} is told" for each in summary.crms if each.state in ("done", "nothing")]
    if told:
        said = ", ".join(told)
        yield f"{said[0].upper()}{said[1:]}."
    for each in summary.crms:
        if each.failure:
            yield (
                f"What {each.name} was not told is planned again by the next run, or now by: "
                f"{command('leadger')} crm push {each.name}{_option(summary)}"
            )
    if summary.crm is None:
        yield "What the file for the CRM's importer lacks is in the next run's."


def _figures(summary: Summary) -> Iterator[RenderableType | None]:
    yield _rows_in(summary)
    yield _people(summary)
    yield _leaks(summary)
    yield _facts(summary)
    yield _times(summary)


def _grid(*columns: str, title: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    table.add_column(title, header_style="bold", min_width=18)
    for column in columns:
        table.add_column(column, justify="right", header_style="dim")
    return table


def _number(count: int | None, *, sign: bool = False) -> str:
    if not count:
        return "·"
    return f"{count:+,}" if sign else f"{count:,}"


def _rows_in(summary: Summary) -> RenderableType | None:
    arrived = [counts for counts in summary.tables if counts.rows_in]
    if not arrived:
        return None
    table = _grid("in", "staged", "duplicate", "quarantined", title="Rows")
    for counts in arrived:
        held = _number(counts.quarantined)
        table.add_row(
            Text(f"  {counts.table}"),
            _number(counts.rows_in),
            _number(counts.staged),
            _number(counts.duplicate),
            Text(held, style="yellow" if counts.quarantined else ""),
        )
    return table


def _people(summary: Summary) -> RenderableType | None:
    if not summary.stages:
        return (
            None
            if summary.state == "failed"
            else Text("Nobody has a stage at this instant.", "bold")
        )
    changes = summary.changes
    title = "People (marts in use)" if summary.state == "failed" else "People"
    columns = ("now", "ever") if changes is None else ("now", "ever", "entered in this run")
    table = _grid(*columns, title=title)
    for stage in (*STAGES, "none"):
        now, entered = summary.stages.get(stage), (changes or {}).get(stage)
        if not now and not entered:
            continue
        cells = [_number(now), _number(summary.ever.get(stage) if stage in EVER_STAGES else None)]
        if changes is not None:
            cells.append(_number(entered, sign=True))
        table.add_row(f"  {STAGE_LABELS.get(stage, stage)}", *cells)
    return table


def _leaks(summary: Summary) -> RenderableType | None:
    if not summary.leaks or summary.state == "failed":
        return None
    table = _grid("cases", "open deals", title="What leaks")
    for leak in summary.leaks:
        value = f"{leak.deal_value / 1000:,.0f} k" if leak.deal_value >= 500 else "·"
        table.add_row(f"  {leak.label}", _number(leak.cases), value)
    return Group(table, Text("  one by one: marts.leak_cases", style="dim"))


def _facts(summary: Summary) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", min_width=18)
    table.add_column(overflow="fold")
    checks = summary.checks
    if checks.expectations or checks.tests:
        said = (
            f"{checks.expectations_met:,} of {checks.expectations:,} expectations met · "
            f"{checks.tests_passed:,} of {checks.tests:,} dbt tests passed"
        )
        table.add_row("Checks", said)
        for warning in checks.warnings[:SHOWN]:
            table.add_row("", Text(f"warning: {warning}", style="yellow"))
    if summary.state != "failed":
        table.add_row("Recomputed", _recomputed(summary))
    anonymous = summary.population.get("events_anonymous", 0)
    if anonymous:
        stitched = summary.population.get("events_stitched", 0)
        table.add_row("Anonymous", f"{anonymous:,} events of nobody, {stitched:,} given to people")
    if summary.changes and summary.changes.get(LEFT_THE_FUNNEL):
        table.add_row("Left", f"{summary.changes[LEFT_THE_FUNNEL]:,} fell out of every stage")
    if summary.changes and summary.changes.get(WITHDRAWN):
        table.add_row("Withdrawn", f"{summary.changes[WITHDRAWN]:,} stage changes no longer hold")
    if summary.changes and summary.changes.get(CORRECTED):
        table.add_row("Corrected", f"{summary.changes[CORRECTED]:,} stage changes told otherwise")
    if summary.unmapped:
        table.add_row("Event types", f"{_listed(summary.unmapped)} not in the signal catalogue")
    if summary.findings:
        table.add_row("To look at", f"{_listed(summary.findings)} (marts.audit_findings)")
    if summary.audit is not None:
        log = summary.audit
        said = f"{log.rows_in_run:,} statements added, {log.rows_so_far:,} in all"
        table.add_row("Audit log", f"{said}, sealed {log.chained_digest}")
    if summary.crm is not None:
        said = ", ".join(f"{count:,} {name}" for name, count in summary.crm.items() if count)
        table.add_row(
            "CRM", (said or "nothing new to say") + (" (not sent)" if summary.is_dry else "")
        )
    for each in summary.crms:
        table.add_row(f"CRM {each.name}", Text(each.said(), style="red" if each.failure else ""))
        for more in each.more():
            table.add_row("", Text(more, style="yellow"))
    return table


def _recomputed(summary: Summary) -> str:
    people = sum(summary.touched.values())
    if not people and summary.why_everybody is not None:
        return f"nobody, for there is nobody yet: {summary.why_everybody}"
    if not people:
        return "nobody: nothing changed since the last run"
    everybody = summary.population.get("people", people)
    said = f"{people:,} of {everybody:,} people"
    if summary.why_everybody is not None:
        return f"{said}: {summary.why_everybody}"
    return f"{said} ({_listed(summary.touched)})"


def _listed(counts: Mapping[str, int]) -> str:
    shown = [f"{count:,} {name}" for name, count in list(counts.items())[:SHOWN]]
    if len(counts) > SHOWN:
        shown.append(f"and {len(counts) - SHOWN} more kinds")
    return " · ".join(shown)


def _times(summary: Summary) -> RenderableType:
    steps = [
        f"{LABELS.get(each.step, each.step).lower()} {each.seconds:.1f}" for each in summary.steps
    ]
    started = summary.seconds - sum(each.seconds for each in summary.steps)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", min_width=18)
    table.add_column(overflow="fold", style="dim")
    table.add_row("Seconds", " · ".join([*steps, f"starting {max(started, 0.0):.1f}"]))
    return table


def _next_steps(summary: Summary) -> RenderableType:
    if summary.is_dry:
        lines = ["Nothing was changed: all of this happened on a copy, now gone."]
        if summary.crm_file:
            lines.append(f"The CRM plan, record by record: {shown_path(summary.crm_file)}")
        return _lines(*lines)
    if summary.published is None:
        where = f"schema {summary.marts} of {shown_path(summary.warehouse)}"
        return _lines(f"Marts of this instant, apart from those in use: {where}")
    lines = [
        f"Marts for BI tools (schema marts, read-only): {shown_path(summary.published)}",
        "",
    ]
    if summary.crm_file:
        lines.insert(1, f"File for the CRM's importer: {shown_path(summary.crm_file)}")
    commands = [
        f"{command('leadger')} explain {summary.example_lead or 'EMAIL'}{_option(summary)}",
        f"{command('leadger')} status{_option(summary)}",
        look_command(
            parse_place(summary.published), shown_path(summary.published), command("python")
        ),
        "make ui",
    ]
    return _lines(*lines, "Try next", *(f"  {each}" for each in commands))


def _lines(*lines: str) -> Text:
    """Lines to copy: never wrapped."""
    return Text("\n".join(lines), no_wrap=True, overflow="ignore")


def _option(summary: Summary) -> str:
    is_usual = Path(summary.warehouse) == DEFAULT_WAREHOUSE
    return "" if is_usual else f" --warehouse {shown_path(summary.warehouse)}"


def command(name: str) -> str:
    """How to call a program of this environment from here."""
    here = Path(sys.executable).with_name(name)
    on_path = shutil.which(name)
    if on_path and Path(on_path).resolve() == here.resolve():
        return name
    return shown_path(str(here)) if here.exists() else name


def shown_path(path: str) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
