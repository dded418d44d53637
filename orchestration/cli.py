"""The command line: `leadger run`, `load`, `demo`, `explain`, `stage`, `nurturing`, `status` ...

Heavy libraries are imported by the commands that need them, when they need them.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.errors import LeadgerError, UnusableInputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from orchestration.warehouse import Place

WAREHOUSE_HELP = (
    "DuckDB file or postgresql://user@host:port/database (password: PGPASSWORD). "
    "Default: LEADGER_WAREHOUSE, else the project's own."
)
FOLDER = click.Path(path_type=Path)


class Instant(click.ParamType[datetime]):
    """An ISO 8601 date or instant, in UTC when it has no offset."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or say how to write it."""
        from orchestration.instants import parse_instant

        try:
            return value if isinstance(value, datetime) else parse_instant(value)
        except UnusableInputError as error:
            self.fail(str(error), param, ctx)


class WarehousePlace(click.ParamType["Place"]):
    """A path, or the address of a database."""

    name = "warehouse"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Place:
        """Read it, or say how to write it."""
        from orchestration.warehouse.places import parse_place

        try:
            return parse_place(value) if isinstance(value, str) else value
        except UnusableInputError as error:
            self.fail(str(error), param, ctx)


class Commands(click.Group):
    """Ends every command with an exit code and a message made for people."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the user can mend is told in one paragraph, without a traceback."""
        try:
            return super().invoke(ctx)
        except LeadgerError as error:
            click.secho(str(error), err=True, fg="red")
            ctx.exit(error.exit_code)


def _with_warehouse(command: Any) -> Any:
    return click.option(
        "--warehouse", type=WarehousePlace(), metavar="PLACE", default=None, help=WAREHOUSE_HELP
    )(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="leadger")
def main() -> None:
    """Lead, MQL, SQL and prospect marts from your contacts and events: checked and audited.

    Exit codes: 0 done; 1 a data gate or a test stopped the run, or a CRM was not told; 2 unusable
    input or usage.
    """


@main.command()
@click.option("--raw", type=FOLDER, metavar="DIR", help="Folder of CSV or Parquet files to load.")
@click.option("--as-of", type=Instant(), metavar="INSTANT", help="Instant to judge. Default: now.")
@click.option("--known-at", type=Instant(), metavar="INSTANT", help="See only rows loaded by then.")
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental models from nothing.")
@click.option("--dry-run", is_flag=True, help="On a copy: change nothing, print the CRM plan.")
@click.option("--record", is_flag=True, help="Keep the run in Dagster's history too (slower).")
@_with_warehouse
def run(
    raw: Path | None,
    as_of: datetime | None,
    known_at: datetime | None,
    full_refresh: bool,
    dry_run: bool,
    record: bool,
    warehouse: Place | None,
) -> None:
    """Load, check, build, check again, publish the marts and tell the CRM.

    An INSTANT is a date or an ISO 8601 instant, UTC without an offset. One before the latest
    run's, and any --known-at, travels in time: marts in a schema of their own, no CRM.
    """
    from orchestration.daily import run_daily
    from orchestration.run import RunRequest

    if raw is not None and not raw.is_dir():
        raise UnusableInputError(f"{raw} is not a folder. Name the folder that holds the files.")
    sys.exit(
        run_daily(
            RunRequest(
                warehouse=_located(warehouse),
                raw=raw,
                as_of=as_of,
                known_at=known_at,
                full_refresh=full_refresh,
                is_dry=dry_run,
            ),
            is_recorded=record,
        )
    )


@main.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@_with_warehouse
def load(folder: Path, warehouse: Place | None) -> None:
    """Load a folder of CSV or Parquet files, all or nothing, and build nothing yet."""
    from datetime import UTC

    from orchestration.ingest.load import load_folder
    from orchestration.lock import hold
    from orchestration.workspace import Workspace

    workspace = Workspace(_located(warehouse))
    with hold(workspace, lambda message: click.echo(message, err=True)):
        report = load_folder(workspace.warehouse, folder, now=datetime.now(UTC))
    if report.batch is None:
        click.echo("Nothing new: every file in the folder had been loaded before.")
        return
    for table, rows in report.rows.items():
        click.echo(f"{table:<18} {rows:>12,} rows")
    for name in report.ignored:
        click.echo(f"{name:<18} ignored: not a table of the raw contract")
    click.echo("Loaded. Build the marts with: leadger run")


@main.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--people", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", type=int, default=42, show_default=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day of the history. Default: today.",
)
@_with_warehouse
def demo(
    folder: Path, people: int, seed: int, until: datetime | None, warehouse: Place | None
) -> None:
    """Write files of an invented history of B2B leads, the same for the same seed."""
    from orchestration.demo.generate import make_demo

    last_day: date | None = until.date() if until is not None else None
    for table, rows in make_demo(folder, people=people, seed=seed, until=last_day).items():
        click.echo(f"{table:<18} {rows:>12,} rows")
    click.echo(f"Load and build with: leadger run --raw {folder}")


@main.command()
@click.argument("lead", metavar="LEAD_OR_EMAIL")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--json", "is_json", is_flag=True, help="The same for programs: docs/explain.md.")
@_with_warehouse
def explain(lead: str, lang: str, is_json: bool, warehouse: Place | None) -> None:
    """Tell one person's whole story: stages and causes, the score line by line, the boxes."""
    if is_json:
        from orchestration.reports.story import read_story, story_as_json

        click.echo(story_as_json(read_story(_located(warehouse), lead)))
        return
    from orchestration.reports.explain import explain_lead

    _print(explain_lead(_located(warehouse), lead, lang))


@main.command()
@click.argument("lead", metavar="LEAD")
@click.option("--as-of", type=Instant(), metavar="T", help="Stage at this instant. Default: now.")
@click.option("--as-known", type=Instant(), metavar="T", help="By what had been said by then.")
@_with_warehouse
def stage(
    lead: str, as_of: datetime | None, as_known: datetime | None, warehouse: Place | None
) -> None:
    """Say in which stage a lead was, since when, why, and which run said so.

    LEAD is a lead id, a contact id or an email. Without --as-known the rules of today answer;
    with it the audit log does: only what runs had said by then. Both together: what was believed
    at one instant about another.
    """
    from datetime import UTC

    from orchestration.audit.stages import (
        INTERVALS,
        describe,
        open_marts,
        stage_as_known,
        stage_as_of,
    )
    from orchestration.audit.tables import LOG

    at = as_of.astimezone(UTC).replace(tzinfo=None) if as_of else None
    if as_known is None:
        at = at or datetime.now(UTC).replace(tzinfo=None)
        question = f"By the rules of today, at {at:%Y-%m-%d %H:%M} UTC"
        with open_marts(_located(warehouse), INTERVALS) as marts:
            answers = stage_as_of(marts, lead, at)
    else:
        known_at = as_known.astimezone(UTC).replace(tzinfo=None)
        about = f" about {at:%Y-%m-%d %H:%M} UTC" if at else ""
        question = f"By what had been said at {known_at:%Y-%m-%d %H:%M} UTC{about}"
        with open_marts(_located(warehouse), INTERVALS, LOG) as marts:
            answers = stage_as_known(marts, lead, known_at, at)
    click.echo(describe(lead, answers, question))


@main.group()
def nurturing() -> None:
    """Write to people who are kept warm: what is due, and what it would say."""


@nurturing.command()
@click.option("--at", type=Instant(), metavar="INSTANT", help="Due by then. Default: now.")
@click.option("--out", type=click.Path(path_type=Path), metavar="CSV", help="Where to write them.")
@click.option("--again", is_flag=True, help="Also those that an earlier call has written.")
@_with_warehouse
def due(at: datetime | None, out: Path | None, again: bool, warehouse: Place | None) -> None:
    """Write the messages that are due into a CSV file, and say whose cannot be written and why.

    Only people who may be reached by email are in it. A message is written once per enrolment, and
    no longer once its track's time for it has passed. Exit codes: 0 when all could be written, 1
    when some could not.
    """
    from datetime import UTC

    from orchestration.nurturing.mailing import due_messages, summary
    from orchestration.nurturing.written import Written, free_name
    from orchestration.workspace import Workspace

    now = datetime.now(UTC)
    instant = (at or now).astimezone(UTC).replace(tzinfo=None)
    workspace = Workspace.locate(warehouse)
    with Written.opened(workspace.written) as written:
        found = due_messages(workspace.readers, instant)
        new = [one for one in found if again or one not in written]
        file = out or free_name(workspace.nurturing, f"due-{instant:%Y%m%dT%H%M%SZ}")
        count = written.write(new, file, now.replace(tzinfo=None))
    _print(summary(new, file if count else None, len(found) - len(new)))
    sys.exit(1 if any(one.problem for one in new) else 0)


@nurturing.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="HTML")
def preview(out: Path) -> None:
    """Write every template, filled in for an example person, into one HTML page."""
    from orchestration.nurturing.mailing import write_previews

    click.echo(f"Templates filled in: {write_previews(out)}")


@main.command()
@click.option("--week", metavar="WEEK", help="2026-W47, or a date in it. Default: the published.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--out", type=FOLDER, metavar="DIR", help="Folder. Default: beside the warehouse.")
@_with_warehouse
def handoff(week: str | None, lang: str, out: Path | None, warehouse: Place | None) -> None:
    """Write the Monday list: per team a page and a CSV file, ranked rep by rep.

    With it comes what became of last week's leads. Nobody who may not be contacted is on a list.
    """
    from typing import cast

    from orchestration.handoff.files import write_handoff
    from orchestration.handoff.lists import read_handoff
    from orchestration.handoff.report import summary
    from orchestration.handoff.weeks import check_week, parse_week
    from orchestration.handoff.words import Language
    from orchestration.workspace import Workspace

    wanted = parse_week(week) if week is not None else None
    workspace = Workspace.locate(warehouse)
    found = read_handoff(workspace.warehouse)
    check_week(found.week, wanted)
    _print(summary(write_handoff(found, cast(Language, lang), out or workspace.handoff)))


@main.group()
def crm() -> None:
    """Tell a CRM where everybody stands: plan, push, approve, roll back."""


_CRM = click.argument("name", metavar="CRM")
_RUN = click.argument("run", metavar="RUN")


@crm.command()
@_CRM
@_with_warehouse
def plan(name: str, warehouse: Place | None) -> None:
    """Show what CRM (hubspot) would be told, before and after; only reads."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.push(Workspace.locate(warehouse), name, dry_run=True))


@crm.command()
@_CRM
@_with_warehouse
def push(name: str, warehouse: Place | None) -> None:
    """Send what changed, or hold it where somebody has to look at it first."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.push(Workspace.locate(warehouse), name, dry_run=False))


@crm.command()
@_CRM
@_RUN
@_with_warehouse
def approve(name: str, run: str, warehouse: Place | None) -> None:
    """Send a plan that was held, exactly as it was planned, or refuse."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.approve(Workspace.locate(warehouse), name, run))


@crm.command()
@_CRM
@_RUN
@_with_warehouse
def rollback(name: str, run: str, warehouse: Place | None) -> None:
    """Give back what CRM held before a run, where nobody changed it since."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.roll_back(Workspace.locate(warehouse), name, run))


@crm.command()
@_CRM
@click.argument("record", metavar="RECORD")
@_with_warehouse
def release(name: str, record: str, warehouse: Place | None) -> None:
    """Let a parked RECORD go: the next sync plans it again."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    click.echo(commands.release(Workspace.locate(warehouse), name, record))


@crm.command()
@_CRM
@_with_warehouse
def setup(name: str, warehouse: Place | None) -> None:
    """Make the properties that CRM lacks."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    click.echo(commands.setup(Workspace.locate(warehouse), name))


@crm.command(name="status")
@click.argument("name", metavar="[CRM]", required=False)
@_with_warehouse
def crm_status(name: str | None, warehouse: Place | None) -> None:
    """Show the last syncs, and what is parked."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.status(Workspace.locate(warehouse), name))


@crm.command()
@click.argument("name", metavar="[CRM]", required=False)
@_with_warehouse
def conflicts(name: str | None, warehouse: Place | None) -> None:
    """Show what people edited in the CRM and the marts say otherwise."""
    from orchestration.crm import commands
    from orchestration.workspace import Workspace

    _print(commands.conflicts(Workspace.locate(warehouse), name))


@main.command()
@click.option("--month", metavar="MONTH", help="2026-10. Default: the last that is over.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--out", type=FOLDER, metavar="HTML", help="File. Default: beside the warehouse.")
@_with_warehouse
def review(month: str | None, lang: str, out: Path | None, warehouse: Place | None) -> None:
    """Write the monthly review: one HTML page of what marketing and sales look at together.

    Funnel, cohorts, response times, service levels, reasons, wins and sources of a month, beside
    the month before, and what the figures suggest to look at. From the published marts alone.
    """
    from typing import cast

    from orchestration.review.marts import read_review
    from orchestration.review.months import Month
    from orchestration.review.page import file_name, write_page
    from orchestration.review.words import Language
    from orchestration.workspace import Workspace

    workspace, language = Workspace.locate(warehouse), cast(Language, lang)
    found = read_review(workspace.warehouse, Month.parse(month) if month is not None else None)
    file = out or workspace.reviews / file_name(found, language)
    click.echo(f"Review of {found.month.label}: {write_page(found, language, file)}")


@main.group()
def audit() -> None:
    """Look after the log of what leadger said about each lead, and when."""


@audit.command()
@_with_warehouse
def verify(warehouse: Place | None) -> None:
    """Compute the digests of the log anew; name the first run that does not match.

    Exit codes: 0 when everything is as the runs left it, 1 when it is not.
    """
    from orchestration.audit.verify import verify as verify_log

    verdict = verify_log(_located(warehouse))
    for warning in verdict.warnings:
        click.secho(warning, err=True, fg="yellow")
    click.secho(str(verdict), fg="green" if verdict.is_sound else "red")
    sys.exit(0 if verdict.is_sound else 1)


@audit.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8051, show_default=True)
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@_with_warehouse
def ui(port: int, lang: str, warehouse: Place | None) -> None:
    """Serve the audit page on this machine alone: a person, findings, stage changes and causes.

    It reads the published marts and writes nothing. Port 0 takes a free one.
    """
    from orchestration.audit_page.server import serve
    from orchestration.workspace import Workspace

    workspace = Workspace(_located(warehouse))
    serve(workspace, lang, port, lambda address: click.echo(f"{address}  (Ctrl+C ends it)"))


@main.command()
@_with_warehouse
def status(warehouse: Place | None) -> None:
    """Show the last runs, what is loaded, the definitions in force, and where things are."""
    from orchestration.reports.status import status_of

    _print(status_of(_located(warehouse)))


def _located(warehouse: Place | None) -> Place:
    from orchestration.workspace import Workspace

    return Workspace.locate(warehouse).warehouse


def _print(report: RenderableType) -> None:
    from orchestration.reports.screen import screen

    screen().print(report, crop=False)
