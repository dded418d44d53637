"""Gates, explain, stage, verify and status say on PostgreSQL what they say on DuckDB."""

from __future__ import annotations

import importlib.util
import io
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from rich.console import Console, RenderableType

from audit.conftest import RUNS, recorded_at, written  # noqa: F401
from audit.conftest import workspace as workspace
from audit.test_stages import MARTS as STAGES
from engines.copying import copy_tables
from nurturing.test_due import AT, Published
from orchestration.audit.stages import open_marts, stage_as_known, stage_as_of
from orchestration.audit.verify import examine, verify
from orchestration.errors import UnusableInputError
from orchestration.nurturing.mailing import due_messages
from orchestration.quality.gates import GATES, GateSession
from orchestration.reports.explain import explain_lead
from orchestration.reports.status import status_of
from orchestration.reports.story import read_story, story_as_json
from orchestration.run_log import RunLog
from orchestration.warehouse import Database, Place, open_warehouse
from orchestration.workspace import PROJECT, Workspace
from quality.conftest import warehouse as warehouse
from quality.test_gates import FAULTS, NEW_EVENTS

pytestmark = pytest.mark.postgres


def shown(report: RenderableType) -> str:
    text = io.StringIO()
    Console(file=text, width=120, no_color=True).print(report)
    return text.getvalue()


def gate_says(place: Place, gate: str, docs: Path) -> tuple[bool, list[str], list[str]]:
    report = GateSession(place, "run-1", docs).run(gate)
    return report.passed, report.failure_message().splitlines(), sorted(map(str, report.outcomes))


@pytest.mark.parametrize("gate", GATES)
def test_the_gates(warehouse: Path, database: Database, tmp_path: Path, gate: str) -> None:
    copy_tables(warehouse, database)
    docs = tmp_path / "docs"
    assert gate_says(database, gate, docs) == gate_says(warehouse, gate, docs)
    assert GateSession(database, "run-1", docs).run(gate).passed
    with duckdb.connect(str(warehouse)) as connection:
        for fault, _ in FAULTS[gate]:
            connection.execute(fault)
    copy_tables(warehouse, database)
    session = GateSession(database, "run-1", docs)
    found = session.run(gate)
    assert (found.passed, found.failure_message().splitlines()) == gate_says(warehouse, gate, docs)[
        :2
    ]
    assert session.build_docs().exists()


def test_a_gate_on_what_is_new(warehouse: Path, database: Database, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        for fault, _ in NEW_EVENTS:
            connection.execute(fault)
    copy_tables(warehouse, database)
    found = [
        GateSession(place, "run-1", tmp_path).run("arrival_staging", passed_batch=1)
        for place in (warehouse, database)
    ]
    assert found[0].failure_message() == found[1].failure_message()
    assert len(found[1].blocking_failures) == 3


INSTANTS = [datetime(2026, 2, 1) + timedelta(days=days) for days in (0, 3, 6, 9, 30, 31, 40)]


def test_stages(workspace: Workspace, database: Database) -> None:
    file = Path(str(workspace.warehouse))
    with duckdb.connect(str(file)) as connection:
        connection.execute(STAGES)
    copy_tables(file, database)
    with (
        open_marts(file, "marts.lead_stage_intervals") as ours,
        open_marts(database, "marts.lead_stage_intervals") as theirs,
    ):
        for lead in ("c1", "c2", "ADA@example.com"):
            for at in INSTANTS:
                assert stage_as_of(theirs, lead, at) == stage_as_of(ours, lead, at)
                assert stage_as_known(theirs, lead, at) == stage_as_known(ours, lead, at)
                for run in RUNS:
                    known = recorded_at(run)
                    told = stage_as_known(theirs, lead, known, at)
                    assert told == stage_as_known(ours, lead, known, at)
        with pytest.raises(UnusableInputError, match="Nobody"):
            stage_as_of(theirs, "nobody", INSTANTS[0])
    with pytest.raises(UnusableInputError, match="has no marts"):
        open_marts(database, "marts.unheard_of").__enter__()


def test_the_chain(workspace: Workspace, database: Database, tmp_path: Path) -> None:
    file = Path(str(workspace.warehouse))
    with pytest.raises(UnusableInputError, match="no audit log"):
        verify(database)
    copy_tables(file, database)
    with open_warehouse(database) as connection:
        found = examine(connection, workspace.audit_heads)
        assert found == verify(file)
        assert found is not None
        assert found.is_sound
        connection.execute("update marts.lead_stage_audit set score_after = 70 where audit_id = 2")
        altered = examine(connection, workspace.audit_heads)
    assert altered is not None
    assert str(altered) == "Run r1 (number 1): one of its rows was altered since it was sealed"


def test_messages_that_are_due(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="There are no marts"):
        due_messages(database, AT)
    published = Published(tmp_path)
    published.enrol("due", 2)
    published.enrol("early", 1)
    published.enrol("too late", 9)
    published.enrol("back", 100, "reactivation", tongue="fr", name=None)
    published.execute("insert into marts.lead_aliases values ('other', 'due')")
    copy_tables(published.workspace.published, database)
    found = due_messages(database, AT)
    assert found == published.due()
    assert [(one.lead_id, one.alias_ids) for one in found] == [
        ("due", frozenset({"other"})),
        ("back", frozenset()),
    ]


@pytest.fixture
def story_file(tmp_path: Path) -> Path:
    """The people that the tests of reports tell of."""
    spec = importlib.util.spec_from_file_location(
        "reports_tests", PROJECT / "tests" / "python" / "orchestration" / "test_reports.py"
    )
    assert spec is not None
    assert spec.loader is not None
    reports = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reports)
    file = tmp_path / "story.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(reports.MARTS)
    return file


def test_explain_and_status(story_file: Path, database: Database) -> None:
    RunLog(story_file).prepare()
    copy_tables(story_file, database)
    for name in ("c1", "c2", "ADA@Example.com", "c9"):
        assert read_story(database, name) == read_story(story_file, name)
        assert story_as_json(read_story(database, name)) == story_as_json(
            read_story(story_file, name)
        )
        for lang in ("en", "fr"):
            ours, theirs = (shown(explain_lead(at, name, lang)) for at in (story_file, database))
            assert ours == theirs
    said = shown(status_of(database))
    assert str(database) in said
    assert "sales_activities" in said
