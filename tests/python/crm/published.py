"""A publication of the marts as a run records it, with what was checked of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from orchestration.checks import CHECKED, UNCHANGED, Checked, note_checks
from orchestration.run_log import SCHEMA
from orchestration.warehouse import Connection


def publish(
    connection: Connection, run_id: str = "r0", *, amiss: Sequence[str] = (), is_new: bool = True
) -> None:
    """Marts that were published this moment; `amiss` is what did not pass of what leaves."""
    connection.execute(SCHEMA)
    now = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(
        "insert into control.publications values (?, ?, 1, ?, '{}')", [run_id, now, now]
    )
    for step in CHECKED:
        found = Checked(3, amiss if step == "departure_crm" else ()) if is_new else UNCHANGED
        note_checks(connection, run_id, step, found)
