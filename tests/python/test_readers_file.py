"""Readers find what CRMs were told beside the marts, as soon as it was said."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import publish as publishing
from orchestration.crm.ledger_tables import create_tables
from orchestration.publish import Built
from orchestration.readers_file import LEDGER_TABLES, share_ledger
from orchestration.run_log import RunLog
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from test_publish import NOON, build


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A warehouse whose marts were published once, before any CRM was told anything."""
    workspace = Workspace(tmp_path / "it's a warehouse.duckdb")
    RunLog(workspace.warehouse).prepare()
    publish(workspace, 1)
    return workspace


def publish(workspace: Workspace, run: int, *, anew: bool = True) -> None:
    """Publish marts built anew, or find nothing new to publish."""
    built = None
    if anew:
        build(workspace, run, leads=(run,))
        ways = {"leads": publishing.Way.BY_LEAD}
        built = Built(f"run {run}", NOON, is_everybody=run == 1, ways=ways)
    publishing.publish(workspace, built, run_id=f"run {run}", previous_run_id=f"run {run - 1}")


def tell(workspace: Workspace, run: str, outcome: str, *, state: str = "running") -> None:
    """Write a step into the ledger, as a sync does."""
    with open_warehouse(workspace.warehouse) as connection:
        create_tables(connection)
        connection.execute("delete from crm_sync.sync_runs where run = ?", [run])
        connection.execute(
            "insert into crm_sync.sync_runs values "
            "(?, 'hubspot', 'push', ?, ?, null, 'me', 1, 0, 0, 0, 0, 0, 0, 0)",
            [run, state, NOON],
        )
        connection.execute(
            "insert into crm_sync.sync_records (run, sequence, destination, object_id, lead_id, "
            "properties, before, outcome, attempt, recorded_at) values "
            "(?, 1, 'hubspot', '7', 'l7', '{\"stage\": \"mql\"}', '{}', ?, 1, ?)",
            [run, outcome, NOON],
        )


def seen(workspace: Workspace) -> list[tuple[str, str]]:
    """What readers see: the steps, with the state of their run."""
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        return connection.execute(
            "select outcome, state from crm_sync.sync_records inner join crm_sync.sync_runs "
            "using (run) order by record_id"
        ).fetchall()


def test_what_was_told_is_seen_at_once(workspace: Workspace) -> None:
    assert not share_ledger(workspace), "nothing was told yet"
    tell(workspace, "s1", "sent")
    assert share_ledger(workspace)
    assert seen(workspace) == [("sent", "running")]
    tell(workspace, "s1", "acknowledged", state="done")
    assert share_ledger(workspace)
    assert seen(workspace) == [("sent", "done"), ("acknowledged", "done")]
    assert not list(workspace.published.parent.glob("*.part*"))


def test_with_nothing_more_to_show_the_file_stays(workspace: Workspace) -> None:
    tell(workspace, "s1", "sent")
    share_ledger(workspace)
    before = workspace.published.stat()
    assert not share_ledger(workspace)
    assert workspace.published.stat().st_mtime_ns == before.st_mtime_ns


def test_a_state_alone_is_news(workspace: Workspace) -> None:
    tell(workspace, "s1", "sent")
    share_ledger(workspace)
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute("update crm_sync.sync_runs set state = 'interrupted'")
    assert share_ledger(workspace)
    assert seen(workspace) == [("sent", "interrupted")]


def test_the_next_run_adds_to_the_same_file(workspace: Workspace) -> None:
    """What was shared between two runs does not make the file a stranger's."""
    tell(workspace, "s1", "sent")
    share_ledger(workspace)
    with duckdb.connect(str(workspace.warehouse)) as connection:  # no longer what the file says
        connection.execute("update marts.leads set generation = 99")
    publish(workspace, 2)
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        assert connection.execute(
            "select lead_id, generation from marts.leads order by 1"
        ).fetchall() == [("1", 1), ("2", 2)]
    assert seen(workspace) == [("sent", "running")]


def test_what_a_killed_sync_said_is_seen_with_the_next_publication(workspace: Workspace) -> None:
    tell(workspace, "s1", "sent")
    publish(workspace, 2)
    assert seen(workspace) == [("sent", "running")]
    tell(workspace, "s1", "acknowledged")
    publish(workspace, 3, anew=False)
    assert seen(workspace) == [("sent", "running")], "no publication, no new file"
    assert share_ledger(workspace)
    assert seen(workspace) == [("sent", "running"), ("acknowledged", "running")]


def test_a_file_somebody_else_wrote_is_left_to_the_next_run(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("create schema theirs; create table theirs.notes as select 1 as note")
    tell(workspace, "s1", "sent")
    assert not share_ledger(workspace)
    publish(workspace, 2, anew=False)
    assert seen(workspace) == [("sent", "running")]
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'theirs'"
        ).fetchone() == (0,)


def test_before_the_first_publication_there_is_nobody_to_show_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w.duckdb")
    RunLog(workspace.warehouse).prepare()
    tell(workspace, "s1", "sent")
    assert not share_ledger(workspace)
    assert not workspace.published.exists()


def test_a_ledger_with_a_column_more_replaces_the_older_one(workspace: Workspace) -> None:
    tell(workspace, "s1", "sent")
    share_ledger(workspace)
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute("alter table crm_sync.sync_records add column later varchar")
    tell(workspace, "s1", "acknowledged")
    assert share_ledger(workspace)
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        assert (
            connection.execute("select later from crm_sync.sync_records").fetchall()
            == [(None,)] * 2
        )


def test_the_ledger_is_described_to_readers(workspace: Workspace) -> None:
    tell(workspace, "s1", "sent")
    share_ledger(workspace)
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        described = dict(
            connection.execute(
                "select table_name, comment from duckdb_tables() where schema_name = 'crm_sync'"
            ).fetchall()
        )
    assert described.keys() == set(LEDGER_TABLES)
    assert all(described.values())
