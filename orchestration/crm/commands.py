"""The commands of `leadger crm`: plan, push, approve, roll back, look."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.crm.mapping import CrmMapping, read_mapping
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.lock import hold
from orchestration.readers_file import share_ledger
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    from orchestration.crm.desk import Desk, TwoWayReport
    from orchestration.crm.destination import Crm
    from orchestration.crm.standing import Standing

CRMS = ("hubspot", "salesforce")
SHOWN = 20
WIDEST = 60


def crm_named(name: str, mapping: CrmMapping) -> Crm:
    """The CRM of that name; its library is imported only now."""
    if name == "hubspot":
        from orchestration.crm.hubspot import HubSpotDestination

        return HubSpotDestination(mapping)
    check_name(name)
    from orchestration.crm.salesforce import SalesforceDestination

    return SalesforceDestination(mapping)


def check_name(name: str) -> None:
    """See that there is a CRM of that name to push to.

    Raises:
        UnusableInputError: there is none.
    """
    if name == "files":
        raise UnusableInputError(
            "`files` is no CRM to push to: every run writes its file, which needs no approval and "
            "leaves the CRM as it is until somebody imports it. leadger crm status files shows "
            f"what was written. Here a name is one of: {', '.join(CRMS)}."
        )
    if name not in CRMS:
        raise UnusableInputError(f"There is no CRM {name!r}: {', '.join(CRMS)}.")


def reached(name: str) -> tuple[Crm, CrmMapping]:
    """A CRM and its mapping, by name."""
    check_name(name)
    mapping = read_mapping(name)
    return crm_named(name, mapping), mapping


@contextmanager
def open_desk(workspace: Workspace, name: str) -> Iterator[Desk]:
    """A desk at a CRM, with the warehouse to itself; readers see afterwards what was done there."""
    from orchestration.crm.desk import Desk

    crm, mapping = reached(name)
    with hold(workspace, lambda message: click.echo(message, err=True)):
        try:
            with open_warehouse(workspace.warehouse) as connection:
                yield Desk(connection, crm, mapping, workspace.outbox)
        finally:
            share_ledger(workspace)


def me() -> str:
    """Who is at the keyboard."""
    return getpass.getuser()


def push(workspace: Workspace, name: str, *, dry_run: bool) -> RenderableType:
    """Plan, and push unless the plan has to be looked at first, or is only to be looked at."""
    from orchestration.crm.cut_short import told_how_far
    from orchestration.crm.marts_in_use import marts_in_use
    from orchestration.crm.standing import standing_of
    from orchestration.crm.two_way import sync

    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with open_desk(workspace, name) as desk:
        marts = marts_in_use(desk.connection)
        with told_how_far(desk):
            report = sync(desk, run_id, started_by=me(), dry_run=dry_run, marts=marts)
        standing = standing_of(desk.connection, name)
        is_all_told = not (standing.parked or standing.rolled_back)
        parts = [described(report, name, is_all_told=is_all_told)]
        if dry_run and report.state == "dry_run":
            parts += before_and_after(desk, report)
        parts += stands(desk, report, standing)
        return Group(*parts)


def approve(workspace: Workspace, name: str, run: str) -> RenderableType:
    """Send a plan that was held."""
    from orchestration.crm.approving import approve as approve_plan
    from orchestration.crm.cut_short import told_how_far

    with open_desk(workspace, name) as desk, told_how_far(desk):
        return described(approve_plan(desk, run, me()), name)


def roll_back(workspace: Workspace, name: str, run: str) -> RenderableType:
    """Give back what a run changed."""
    from orchestration.crm.cut_short import told_how_far
    from orchestration.crm.rolling_back import roll_back as give_back

    with open_desk(workspace, name) as desk, told_how_far(desk):
        return described(give_back(desk, run, started_by=me()), name)


def release(workspace: Workspace, name: str, object_id: str) -> str:
    """Let a parked record go."""
    with open_desk(workspace, name) as desk:
        if not desk.ledger.release(object_id):
            raise UnusableInputError(f"Record {object_id} is not parked in {name}.")
    return f"Record {object_id} is planned again by the next sync with {name}."


def setup(workspace: Workspace, name: str) -> str:
    """Make the properties and options the CRM lacks; once more does no harm.

    Raises:
        LeadgerError: something is left that only people can do there, or an answer was lost.
    """
    from orchestration.crm.cut_short import LOST, in_words

    crm, mapping = reached(name)
    try:
        missing = crm.missing(mapping)
        crm.create(missing)
        options = crm.add_options(mapping) if isinstance(crm, TakesOptions) else []
        left = [each for each in crm.check(mapping) if "leadger crm setup" not in each]
    except (LeadgerError, *LOST) as error:
        said = str(error) if isinstance(error, LeadgerError) else in_words(name, error)
        raise LeadgerError(
            f"{said}\nWhat was made by then is there, and setup makes only what is missing: do it "
            f"again. leadger crm setup {name}"
        ) from None
    made = [f"Made in {name}: {', '.join(each.property for each in missing)}"] if missing else []
    made += [f"Options added in {name}: {', '.join(options)}"] if options else []
    if left:
        raise LeadgerError(
            "\n".join([*made, f"Left to do in {name}, by hand or in the mapping:", *left, BY_HAND])
        )
    return "\n".join(made) or f"{name} has every property and option of the mapping."


@runtime_checkable
class TakesOptions(Protocol):
    """A CRM in which options of a property can be added by us."""

    def add_options(self, mapping: CrmMapping) -> list[str]:
        """Add what is missing; gives `property: value`, one each."""
        ...


BY_HAND = (
    "A property's type cannot be changed: give the mapping another name for it, and setup makes "
    "that. An option or value that is missing: add it in the CRM's settings (HubSpot: Settings, "
    "Properties; Salesforce: Setup, Object Manager, Fields), or map to one that is there."
)


def before_and_after(desk: Desk, report: TwoWayReport) -> list[RenderableType]:
    """The first records of a plan, value by value, as they are and as they would be."""
    from orchestration.crm.draft import Draft

    changes = list(islice(Draft(desk.ledger).to_send(), SHOWN))
    if not changes:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("record", "lead", "property", "before", "after"):
        table.add_column(column, overflow="fold")
    lines = [
        (change, name, change.before.get(name) or "", after)
        for change in changes
        for name, after in change.properties.items()
    ]
    shown = None
    for change, name, before, after in lines[:SHOWN]:
        is_next = change.object_id != shown
        shown = change.object_id
        who = (change.object_id, change.lead_id) if is_next else ("", "")
        table.add_row(*map(Text, (*who, name, _short(before), _short(after))))
    planned = report.figures.planned if report.figures is not None else len(changes)
    parts: list[RenderableType] = [Text(""), table]
    if planned > len(changes) or len(lines) > SHOWN:
        parts.append(Text("and more: all of it is in the file", style="dim"))
    return parts


def stands(desk: Desk, report: TwoWayReport, standing: Standing) -> list[RenderableType]:
    """What a plan does not say: what waits already, is parked or was taken back."""
    name, lines = desk.crm.name, []
    for run in desk.ledger.runs_in("awaiting_approval"):
        if run != report.run:
            lines.append(f"Sync {run} waits for approval: leadger crm approve {name} {run}")
    if standing.rolled_back:
        lines.append(
            f"{standing.rolled_back_properties:,} properties of {standing.rolled_back:,} records "
            "were rolled back: they wait until the marts say something else, or "
            f"leadger crm release {name} RECORD"
        )
    if standing.parked:
        lines.append(f"{standing.parked:,} records are parked: leadger crm status {name}")
    return [Text(each, style="yellow") for each in lines]


def _short(value: str) -> str:
    """A value that fits a table."""
    line = " ".join(value.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def described(report: TwoWayReport, name: str, *, is_all_told: bool = True) -> RenderableType:
    """A report as a person reads it."""
    words = {
        "nothing": f"{name} has been told everything: nothing to send."
        if is_all_told
        else f"Nothing to send to {name}: what it was not told waits.",
        "dry_run": f"A plan for {name}; nothing was sent.",
        "awaiting_approval": f"Sync {report.run} with {name} waits for approval. "
        + ("Only objections were sent." if report.counts else "Nothing was sent."),
        "done": f"Sync {report.run} with {name} is done.",
    }
    parts: list[RenderableType] = [Text(words[report.state], style="bold")]
    table = Table.grid(padding=(0, 2, 0, 0))
    if report.figures is not None and report.state != "nothing":
        figures = report.figures
        table.add_row("planned", f"{figures.planned:,} of {figures.rows:,} records")
        table.add_row("", f"{figures.new:,} of them never told anything")
        table.add_row("objections", f"{report.objections:,}")
        if figures.backward:
            table.add_row("stage goes back", f"{figures.backward:,}")
        for each, (cleared, filled) in sorted(figures.cleared.items()):
            table.add_row("emptied", f"{each} in {cleared:,} of {filled:,}")
        for each, (lifted, told) in sorted(figures.lifted.items()):
            table.add_row("lifted", f"{each} in {lifted:,} of {told:,}")
    if report.conflicts:
        table.add_row("edited in the CRM", f"{report.conflicts:,} (leadger crm conflicts)")
    if report.settled:
        table.add_row("settled", f"{report.settled:,} of a sync that was cut short")
    for outcome, count in report.counts.items():
        if count:
            table.add_row(outcome, f"{count:,}")
    parts.append(table)
    held = "would wait for approval" if report.state == "dry_run" else "held"
    parts += [Text(f"{held}: {reason}", style="yellow") for reason in report.reasons]
    if report.file is not None:
        parts.append(Text(f"Record by record: {report.file}", no_wrap=True, overflow="ignore"))
    if report.state == "awaiting_approval":
        parts.append(Text(f"To send it: leadger crm approve {name} {report.run}"))
    return Group(*parts)


def status(workspace: Workspace, name: str | None) -> RenderableType:
    """The last syncs, and what waits, is parked or was edited."""
    if name is not None and name != "files":
        check_name(name)
    with open_warehouse(workspace.warehouse, read_only=True) as connection:
        if not connection.has_table("crm_sync", "sync_runs"):
            return Text("No CRM was told anything yet.")
        counted = ("planned", "acknowledged", "rejected", "retry", "skipped", "held")
        lines = []
        for run, crm, mode, state, started_at, *counts in connection.execute(
            f"select run, destination, mode, state, started_at, {', '.join(counted)} "
            "from crm_sync.sync_runs where ? in (destination, '') "
            "order by started_at desc limit 15",
            [name or ""],
        ).fetchall():
            said = [
                f"{count:,} {what}" for what, count in zip(counted, counts, strict=True) if count
            ]
            lines.append(f"{started_at:%Y-%m-%d %H:%M}  {crm:<10} {mode:<8} {state:<17} {run}")
            lines.append(f"{'':18}{', '.join(said)}")
        syncs = Text("\n".join(lines), no_wrap=True, overflow="ignore")
        is_known = connection.has_table("crm_sync", "parked")  # not yet in an older ledger
        parked = (
            is_known
            and connection.execute(
                "select destination, coalesce(reason, ''), count(distinct object_id) "
                "from crm_sync.parked where ? in (destination, '') "
                "group by 1, 2 order by 3 desc limit 10",
                [name or ""],
            ).fetchall()
        )
        title = Text("Last syncs (UTC)", style="bold")
        parts: list[RenderableType] = [title, syncs]
        if parked:
            parts += [Text(""), Text("Parked until they say something else", style="bold")]
            parts += [Text(f"  {count:,} in {crm}: {reason}") for crm, reason, count in parked]
        return Group(*parts)


def conflicts(workspace: Workspace, name: str | None) -> RenderableType:
    """What people edited in a CRM and the marts say otherwise, latest first."""
    if name is not None:
        check_name(name)
    with open_warehouse(workspace.warehouse, read_only=True) as connection:
        if not connection.has_table("crm_sync", "open_conflicts"):
            return Text("No CRM was asked anything yet.")
        rows = connection.execute(
            "select destination, object_id, lead_id, property, wanted, found, "
            "coalesce(edited_by, ''), recorded_at from crm_sync.open_conflicts "
            "where ? in (destination, '') order by recorded_at desc, object_id, property",
            [name or ""],
        ).fetchall()
    if not rows:
        return Text("Nobody edited in a CRM what the marts say otherwise.")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in (
        "CRM",
        "record",
        "lead",
        "property",
        "we say",
        "the CRM says",
        "by",
        "seen (UTC)",
    ):
        table.add_column(column, overflow="fold")
    for row in rows[:SHOWN]:
        table.add_row(*map(_cell, row[:-1]), f"{row[-1]:%Y-%m-%d %H:%M}")
    more = (
        [Text(f"and {len(rows) - SHOWN:,} more: crm_sync.open_conflicts")]
        if len(rows) > SHOWN
        else []
    )
    return Group(table, *more)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "")
