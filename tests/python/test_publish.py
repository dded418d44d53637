"""Readers see the old marts or the new ones, whole; a run cut short is repaired by the next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration import publish as publishing
from orchestration.errors import LeadgerError
from orchestration.publish import publish
from orchestration.workspace import PROJECT, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "it's a warehouse.duckdb")


def build(workspace: Workspace, generation: int, *tables: str) -> None:
    """Build marts as dbt does: tables with descriptions."""
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("create schema marts_next")
        for table in tables or ("leads", "mqls"):
            connection.execute(
                f"create table marts_next.{table} as "
                f"select i as lead_id, {generation} as generation from range(10) as numbers (i)"
            )
            connection.execute(
                f"comment on table marts_next.{table} is 'One row per lead''s person'"
            )
            connection.execute(
                f"comment on column marts_next.{table}.lead_id is 'Who; it''s person'"
            )


def generations(file: Path, table: str = "leads") -> list[tuple[int, int]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            f"select generation, count(*) from marts.{table} group by generation"
        ).fetchall()


def tables(file: Path) -> list[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by 1"
        ).fetchall()
        return [name for (name,) in found]


def test_the_new_marts_replace_the_old(workspace: Workspace) -> None:
    build(workspace, 1, "leads", "mqls", "gone")
    assert publish(workspace).dropped == ()
    build(workspace, 2)
    report = publish(workspace)
    assert (report.tables, report.dropped) == ({"leads": 10, "mqls": 10}, ("gone",))
    for file in (workspace.warehouse, workspace.published):
        assert tables(file) == ["marts.leads", "marts.mqls"]
        assert generations(file) == [(2, 10)]
    assert not list(workspace.published.parent.glob("*.part*"))


def test_descriptions_are_published(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    for file in (workspace.warehouse, workspace.published):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert connection.execute(
                "select comment from duckdb_tables() where table_name = 'leads'"
            ).fetchone() == ("One row per lead's person",)
            assert connection.execute(
                "select comment from duckdb_columns() "
                "where table_name = 'leads' and column_name = 'lead_id'"
            ).fetchone() == ("Who; it's person",)


def test_a_reader_keeps_the_file_it_has_open(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(workspace.published)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdin is not None and reader.stdout is not None
    assert reader.stdout.readline() == "1\n"
    build(workspace, 2)
    publish(workspace)
    assert generations(workspace.published) == [(2, 10)]
    answer, _ = reader.communicate("again\n", timeout=60)
    assert answer == "1\n"


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
generation = lambda: connection.execute("select max(generation) from marts.leads").fetchone()[0]
print(generation(), flush=True)
sys.stdin.readline()
print(generation(), flush=True)
"""


def test_killed_between_the_two_steps_the_next_run_repairs(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    build(workspace, 2)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.warehouse)], cwd=PROJECT, check=False
    )
    assert killed.returncode == -9
    assert generations(workspace.published) == [(1, 10)]
    assert list(workspace.published.parent.glob("*.part"))
    report = publish(workspace)
    assert report.tables == {"leads": 10, "mqls": 10}
    assert generations(workspace.published) == [(2, 10)]
    assert not list(workspace.published.parent.glob("*.part*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration import publish as publishing
from orchestration.workspace import Workspace
publishing._sync_to_disk = lambda path: os.kill(os.getpid(), signal.SIGKILL)
publishing.publish(Workspace(Path(sys.argv[1])))
"""


def test_a_swap_that_fails_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(workspace, 1, "leads", "mqls", "gone")
    publish(workspace)
    build(workspace, 2)
    copy = publishing._copy

    def fail_on_the_second(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> int:
        if "mqls" in source:
            raise OSError("disk full")
        return copy(connection, source, target)

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_copy", fail_on_the_second)
        with pytest.raises(OSError, match="disk full"):
            publish(workspace)
    for file in (workspace.warehouse, workspace.published):
        assert generations(file) == [(1, 10)]
    assert "marts.gone" in tables(workspace.warehouse)
    publish(workspace)
    assert generations(workspace.published) == [(2, 10)]


def test_without_marts_there_is_nothing_to_publish(workspace: Workspace) -> None:
    with pytest.raises(LeadgerError, match="There are no marts"):
        publish(workspace)
    assert not workspace.published.exists()
