"""What is known of the marts a CRM is told: how old they are, and what did not pass."""

from __future__ import annotations

from datetime import UTC, datetime

from orchestration.checks import not_passed
from orchestration.crm.desk import Marts
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection


def marts_in_use(connection: Connection, *, of_run: str = "") -> Marts:
    """How old the marts in use are, what did not pass when they were made, and runs since.

    Args:
        connection: the warehouse.
        of_run: the run that asks, which has not come to its end.

    Raises:
        UnusableInputError: nothing has been published.
    """
    found = []
    if connection.has_table("control", "publications"):
        found = connection.execute(
            "select published_at from control.publications order by published_at desc limit 1"
        ).fetchall()
    if not found:
        raise UnusableInputError("Nothing has been published yet: leadger run comes first.")
    ((published_at,),) = found
    failed = connection.execute(
        "select run_id, state from control.runs where is_regular and started_at > ? "
        "and state not in ('done', 'crm_failed') and run_id <> ? order by started_at",
        [published_at, of_run],
    ).fetchall()
    age = datetime.now(UTC).replace(tzinfo=None) - published_at
    amiss = not_passed(connection) + [f"run {run} {state}" for run, state in failed]
    return Marts(age.total_seconds() / 3600, amiss)
