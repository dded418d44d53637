"""Readers see the old marts or the new ones, whole; a run cut short is repaired by the next."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publish as publishing
from orchestration.errors import LeadgerError
from orchestration.publish import Built, PublishReport, Way
from orchestration.run_log import RunLog
from orchestration.warehouse import Place
from orchestration.workspace import PROJECT, Workspace

NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "it's a warehouse.duckdb")
    RunLog(workspace.warehouse).prepare()
    return workspace


def build(
    workspace: Workspace, generation: int, *tables: str, leads: tuple[int, ...] = tuple(range(10))
) -> None:
    """Build marts as dbt does, for some people: tables with descriptions."""
    people = ", ".join(f"({lead})" for lead in leads)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("create schema marts_next; create schema if not exists intermediate")
        for table in tables or ("leads", "mqls"):
            connection.execute(
                f"create table marts_next.{table} as select cast(lead as varchar) as lead_id, "
                f"{generation} as generation from (values {people}) as people (lead)"
            )
            connection.execute(
                f"comment on table marts_next.{table} is 'One row per lead''s person'"
            )
            connection.execute(
                f"comment on column marts_next.{table}.lead_id is 'Who; it''s person'"
            )
        connection.execute(
            "create or replace table intermediate.int_touched_leads as "
            f"select cast(lead as varchar) as lead_id from (values {people}) as people (lead)"
        )
        connection.execute(
            "create or replace table intermediate.int_lead_upkeep as select lead_id, "
            f"timestamp '2026-03-0{generation}' as due_at, 1 as events_named, 0 as events_stitched "
            "from intermediate.int_touched_leads"
        )
        connection.execute(
            "create or replace table intermediate.int_contact_people as select 'c' || lead_id "
            f"as contact_id, lead_id, '{generation}' as email_digest, false as is_internal "
            "from intermediate.int_touched_leads"
        )


def publish(workspace: Workspace, run: int = 1, **named: Any) -> PublishReport:
    """Publish what was built as the run of that number, after the one before."""
    built = Built(f"run {run}", NOON, **named)
    return publishing.publish(
        workspace, built, run_id=built.run_id, previous_run_id=f"run {run - 1}"
    )


def generations(file: Place, table: str = "leads") -> list[tuple[int, int]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            f"select generation, count(*) from marts.{table} group by generation order by 1"
        ).fetchall()


def tables(file: Place) -> list[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        ).fetchall()
        return [name for (name,) in found if name not in publishing.KEPT]


def test_the_new_marts_replace_the_old(workspace: Workspace) -> None:
    build(workspace, 1, "leads", "mqls", "gone")
    assert publish(workspace).dropped == ()
    build(workspace, 2)
    assert publish(workspace).dropped == ("gone",)
    for file in (workspace.warehouse, workspace.published):
        assert tables(file) == ["leads", "mqls"]
        assert generations(file) == [(2, 10)]
    assert not list(workspace.published.parent.glob("*.part*"))


BY_LEAD = {"leads": Way.BY_LEAD, "mqls": Way.WHOLE, "lead_stage_audit": Way.APPENDED}


def test_only_the_rows_of_the_people_touched_are_replaced(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    build(workspace, 2, leads=(3, 4, 11))
    publish(workspace, 2, is_everybody=False, ways=BY_LEAD)
    for file in (workspace.warehouse, workspace.published):
        assert generations(file) == [(1, 8), (2, 3)]
        assert generations(file, "mqls") == [(2, 3)]
    with duckdb.connect(str(workspace.warehouse)) as connection:
        assert connection.execute(
            "select cast(due_at as date)::varchar, count(*) from control.lead_upkeep "
            "group by all order by 1"
        ).fetchall() == [("2026-03-01", 8), ("2026-03-02", 3)]
        assert connection.execute(
            "select email_digest, count(*) from control.contact_people group by all order by 1"
        ).fetchall() == [("1", 8), ("2", 3)]


def test_rows_about_nobody_and_people_who_are_gone_do_not_stay(workspace: Workspace) -> None:
    build(workspace, 1)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("insert into marts_next.leads values (null, 1)")
    publish(workspace)
    build(workspace, 2, leads=(3, 4))
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("delete from marts_next.leads where lead_id = '4'")
        connection.execute("insert into marts_next.leads values (null, 2)")
    publish(workspace, 2, is_everybody=False, ways=BY_LEAD)
    for file in (workspace.warehouse, workspace.published):
        assert generations(file) == [(1, 8), (2, 2)]


def test_the_log_is_only_ever_added_to(workspace: Workspace) -> None:
    for run, leads in ((1, (1, 2)), (2, (2,)), (3, (1, 2))):
        build(workspace, run, leads=leads)
        with duckdb.connect(str(workspace.warehouse)) as connection:
            connection.execute(
                "create table marts_next.lead_stage_audit as "
                f"select cast({run} as bigint) as audit_id, 'another' as run_id, 'c' as change_id, "
                "'asserted' as statement, timestamp '2020-01-01' as recorded_at"
            )
        publish(workspace, run, is_everybody=run != 2, ways=BY_LEAD)
    for file in (workspace.warehouse, workspace.published):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert connection.execute(
                "select audit_id, run_id, recorded_at from marts.lead_stage_audit order by 1"
            ).fetchall() == [(run, f"run {run}", NOON) for run in (1, 2, 3)]


def test_with_nothing_built_the_readers_file_is_left_alone(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    before = workspace.published.stat()
    recorded: list[int] = []
    publishing.publish(
        workspace,
        None,
        run_id="run 2",
        previous_run_id="run 1",
        record=lambda connection: recorded.append(1),
    )
    assert recorded == [1]
    assert workspace.published.stat().st_mtime_ns == before.st_mtime_ns


def test_a_readers_file_somebody_else_wrote_is_written_anew(workspace: Workspace) -> None:
    build(workspace, 1)
    publish(workspace)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("update marts.leads set generation = 99")
    build(workspace, 2, leads=(3,))
    publish(workspace, 2, is_everybody=False, ways=BY_LEAD)
    assert generations(workspace.published) == [(1, 9), (2, 1)]


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
    publishing.publish(workspace, None, run_id="run 3", previous_run_id="run 2")
    assert generations(workspace.published) == [(2, 10)]
    assert not list(workspace.published.parent.glob("*.part*"))


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from orchestration import publish as publishing, readers_file
from orchestration.workspace import Workspace
readers_file.sync_to_disk = lambda path: os.kill(os.getpid(), signal.SIGKILL)
built = publishing.Built("run 2", datetime(2026, 3, 1))
workspace = Workspace(Path(sys.argv[1]))
publishing.publish(workspace, built, run_id="run 2", previous_run_id="run 1")
"""


def test_a_swap_that_fails_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(workspace, 1, "leads", "mqls", "gone")
    publish(workspace)
    build(workspace, 2)
    bring = publishing._bring_table

    def fail_on_the_second(connection: Any, built: Built, name: str) -> None:
        if name == "mqls":
            raise OSError("disk full")
        bring(connection, built, name)

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_bring_table", fail_on_the_second)
        with pytest.raises(OSError, match="disk full"):
            publish(workspace)
    for file in (workspace.warehouse, workspace.published):
        assert generations(file) == [(1, 10)]
    assert "gone" in tables(workspace.warehouse)
    publish(workspace)
    assert generations(workspace.published) == [(2, 10)]


def test_without_marts_there_is_nothing_to_publish(workspace: Workspace) -> None:
    with pytest.raises(LeadgerError, match="There are no marts"):
        publish(workspace)
    assert not workspace.published.exists()
