"""A small warehouse with a `crm_lead_status`, as the marts have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import Workspace

Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Three CRM contacts of two people."""
    space = Workspace(tmp_path / "w.duckdb")
    with open_warehouse(space.warehouse) as connection:
        make_status(connection)
    return space


def make_status(connection: Connection) -> None:
    """The table, as the marts have it."""
    connection.execute("create schema marts")
    connection.execute(
        """
        create table marts.crm_lead_status (
            crm_contact_id varchar, lead_id varchar, last_change_id varchar, stage varchar,
            temperature varchar, icp_grade varchar, next_action varchar,
            definition_version varchar, last_change_explanation_en varchar,
            last_change_explanation_fr varchar, engagement_history varchar,
            last_contents varchar, score_signals varchar, score integer,
            boxes_ticked integer, is_call_recommended boolean, do_not_contact boolean,
            do_not_email boolean, do_not_phone boolean, do_not_post boolean,
            stage_since timestamp, sla_due_at timestamp
        )
        """
    )
    connection.execute(
        """
        insert into marts.crm_lead_status
        select
            contact, lead, 'change-' || lead, stage, 'warm', 'A', 'call', '2026-01',
            'Became an MQL.', 'Devient MQL.', '2026-01-02 white paper', 'Guide "A", B', 'x 8',
            score, 1, false, objects, objects, objects, objects,
            timestamp '2026-01-02 10:00:00.123', null
        from (values
            ('1', 'p1', 'mql', 72, false),
            ('2', 'p1', 'mql', 72, false),
            ('3', 'p2', 'opted_out', 0, true)
        ) as people (contact, lead, stage, score, objects)
        """
    )


@pytest.fixture
def query(workspace: Workspace) -> Query:
    """Run SQL on the warehouse."""

    def run(sql: str, *values: object) -> list[tuple[object, ...]]:
        with duckdb.connect(str(workspace.warehouse)) as connection:
            return connection.execute(sql, list(values)).fetchall()

    return run
