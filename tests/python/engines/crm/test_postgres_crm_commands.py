"""What `leadger crm` says, and what is on record of checks, with PostgreSQL as the warehouse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.hubspot.mappings import mapping_with
from crm.hubspot.test_what_commands_say import (  # noqa: F401
    crm,
    test_a_push_that_breaks_off_says_how_far_it_came,
    test_after_a_rollback_what_was_taken_back_is_said_to_wait,
    test_what_was_not_looked_at_holds_a_push_by_hand,
    told,
)
from crm.scenes import Scene
from orchestration.checks import take_over_checks
from orchestration.crm.desk import Desk
from orchestration.crm.hubspot import HubSpotDestination
from orchestration.crm.steps import now
from orchestration.crm.waiting import still_waits
from orchestration.run_log import SCHEMA
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

pytestmark = pytest.mark.postgres


@pytest.mark.usefixtures("hubspot")
def test_a_plan_that_waits_has_its_hours(workspace: Workspace) -> None:
    mapping = mapping_with()
    scene = Scene(workspace, mapping, HubSpotDestination)
    scene.setup()
    scene.sync("r1")
    with open_warehouse(workspace.warehouse) as connection:
        desk = Desk(connection, HubSpotDestination(mapping), mapping, workspace.outbox)
        waiting = still_waits(desk)
        assert waiting is not None
        assert (waiting.run, waiting.state) == ("r1", "waiting")
        assert waiting.waits_until is not None
        assert now() < waiting.waits_until <= now() + timedelta(hours=24)
        assert waiting.reasons == ["the first sync of this CRM: 3 records"]


def test_a_run_that_goes_on_takes_checks_over(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            "insert into control.checks values "
            "('r1', 'marts', 'looked_at', 7, '[]', timestamp '2026-01-01')"
        )
        for _ in range(2):
            take_over_checks(connection, "r1", "r2")
        found = connection.execute("select run_id, checked from control.checks order by 1")
        assert found.fetchall() == [("r1", 7), ("r2", 7)]
