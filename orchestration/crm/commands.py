"""The commands of `leadger crm`: plan, push, approve, roll back, look."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.crm.mapping import CrmMapping, read_mapping
from orchestration.errors import UnusableInputError
from orchestration.lock import hold
from orchestration.readers_file import share_ledger
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    from orchestration.crm.desk import Desk, Marts, TwoWayReport
    from orchestration.crm.destination import Crm

CRMS = ("hubspot", "salesforce")
SHOWN = 20


def crm_named(name: str, mapping: CrmMapping) -> Crm:
    """The CRM of that name; its library is imported only now."""
    if name == "hubspot":
        from orchestration.crm.hubspot import HubSpotDestination

        return HubSpotDestination(mapping)
    if name == "salesforce":
        from orchestration.crm.salesforce import SalesforceDestination

        return SalesforceDestination(mapping)
    raise UnusableInputError(f"There is no CRM {name!r}: {', '.join(CRMS)}.")


def reached(name: str) -> tuple[Crm, CrmMapping]:
    """A CRM and its mapping, by name."""
    if name not in CRMS:
        raise UnusableInputError(f"There is no CRM {name!r}: {', '.join(CRMS)}.")
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


def marts_of(connection: Connection) -> Marts:
    """How old the marts in use are, and what did not pass since they were made."""
    from orchestration.crm.desk import Marts

    if not connection.has_table("control", "publications"):
        raise UnusableInputError("Nothing has been published yet: leadger run comes first.")
    last = connection.execute(
        "select run_id, published_at from control.publications order by published_at desc limit 1"
    ).fetchone()
    if last is None:
        raise UnusableInputError("Nothing has been published yet: leadger run comes first.")
    failed = connection.execute(
        "select run_id, state from control.runs where is_regular and started_at > ? "
        "and state <> 'done' order by started_at",
        [last[1]],
    ).fetchall()
    age = datetime.now(UTC).replace(tzinfo=None) - last[1]
    return Marts(age.total_seconds() / 3600, [f"run {run} {state}" for run, state in failed])


def me() -> str:
    """Who is at the keyboard."""
    return getpass.getuser()


def push(workspace: Workspace, name: str, *, dry_run: bool) -> RenderableType:
    """Plan, and push unless the plan has to be looked at first, or is only to be looked at."""
    from orchestration.crm.two_way import sync

    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with open_desk(workspace, name) as desk:
        marts = marts_of(desk.connection)
        report = sync(desk, run_id, started_by=me(), dry_run=dry_run, marts=marts)
        return described(report, name)


def approve(workspace: Workspace, name: str, run: str) -> RenderableType:
    """Send a plan that was held."""
    from orchestration.crm.approving import approve as approve_plan

    with open_desk(workspace, name) as desk:
        return described(approve_plan(desk, run, me()), name)


def roll_back(workspace: Workspace, name: str, run: str) -> RenderableType:
    """Give back what a run changed."""
    from orchestration.crm.rolling_back import roll_back as give_back

    with open_desk(workspace, name) as desk:
        return described(give_back(desk, run, started_by=me()), name)


def release(workspace: Workspace, name: str, object_id: str) -> str:
    """Let a parked record go."""
    with open_desk(workspace, name) as desk:
        if not desk.ledger.release(object_id):
            raise UnusableInputError(f"Record {object_id} is not parked in {name}.")
    return f"Record {object_id} is planned again by the next sync with {name}."


def setup(workspace: Workspace, name: str) -> str:
    """Make the properties the CRM lacks."""
    crm, mapping = reached(name)
    missing = crm.missing(mapping)
    crm.create(missing)
    if not missing:
        return f"{name} has every property of the mapping."
    return f"Made in {name}: {', '.join(each.property for each in missing)}"


def described(report: TwoWayReport, name: str) -> RenderableType:
    """A report as a person reads it."""
    words = {
        "nothing": f"{name} has been told everything: nothing to send.",
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
