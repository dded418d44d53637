"""Both clocks: the functions, the SQL of docs/audit.md, and a naive computation agree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audit.conftest import FIRST_RUN_AT, RUNS, Query, recorded_at
from orchestration.audit.stages import StageAnswer, stage_as_known, stage_as_of
from orchestration.audit.tables import CHANGE_COLUMNS
from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.workspace import PROJECT, Workspace

PAGE = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```sql\n-- (.*?)\n(.*?)```", PAGE, flags=re.DOTALL))
INSTANTS = [FIRST_RUN_AT + timedelta(hours=6 * step) for step in range(-4, 18)]
DAYS = [datetime(2026, 2, day, hour) for day in (1, 4, 5, 6, 8, 9, 28) for hour in (8, 9, 10)]

# c2 was a lead of its own until the fourth run found it to be c1
MARTS = """
create table marts.lead_aliases as select * from (values
    ('c1', 'c1', 'ada@example.com'), ('c2', 'c1', 'ada@old.example')
) as t(contact_id, lead_id, email);
create table marts.leads as select 'c1' as lead_id, 'ada@example.com' as email;
create table marts.lead_stage_intervals as
select
    lead_id, to_stage as stage, path, definition_version, changed_at as valid_from,
    lead(changed_at) over (partition by lead_id order by changed_at) as valid_to
from marts.lead_stage_changes qualify to_stage is not null;
"""


@pytest.fixture
def marts(workspace: Workspace, query: Query) -> Iterator[Connection]:
    query(MARTS)
    with open_warehouse(workspace.warehouse, read_only=True) as connection:
        yield connection


def in_doc(connection: Connection, name: str, instant: datetime) -> list[dict[str, Any]]:
    """Rows of an SQL block of the page, with an instant filled in."""
    result = connection.execute(BLOCKS[name].replace("2026-03-03 09:00:00", str(instant)))
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def naive_known(known_at: datetime, at: datetime | None = None) -> dict[str, tuple[Any, ...]]:
    """The latest standing change of each id, adding up statement by statement."""
    standing = Counter[tuple[Any, ...]]()
    for run_id, statements in RUNS.items():
        if recorded_at(run_id) <= known_at:
            for statement, _, content in statements:
                standing[content] += 1 if statement == "asserted" else -1
    latest: dict[str, tuple[Any, ...]] = {}
    for content, times in sorted(standing.items(), key=lambda each: each[0][3]):
        if times and (at is None or content[3] <= at):
            latest[content[1]] = content
    return latest


def essence(answer: StageAnswer) -> tuple[Any, ...]:
    return (answer.stage, answer.since, answer.path, answer.cause, answer.cause_fact_id)


def test_every_block_of_the_page_is_known_and_runs(marts: Connection) -> None:
    assert set(BLOCKS) == {"standing changes", "restated history", "stage_as_of", "stage_as_known"}
    assert PAGE.count("```sql") == len(BLOCKS)
    standing = in_doc(marts, "standing changes", FIRST_RUN_AT)
    changes = marts.execute(f"select {', '.join(CHANGE_COLUMNS)} from marts.lead_stage_changes")
    assert sorted(tuple(row.values()) for row in standing) == sorted(changes.fetchall())
    restated = in_doc(marts, "restated history", FIRST_RUN_AT)
    assert [(row["run_id"], row["statement"], row["statements"]) for row in restated] == [
        ("r2", "asserted", 1),
        ("r2", "retracted", 1),
        ("r4", "retracted", 1),
    ]


@pytest.mark.parametrize("instant", INSTANTS)
def test_as_known(marts: Connection, instant: datetime) -> None:
    naive = naive_known(instant)
    answers = {each.lead_id: each for each in stage_as_known(marts, "c1", instant)}
    documented = {row["lead_id"]: row for row in in_doc(marts, "stage_as_known", instant)}
    assert set(documented) == set(naive)
    assert {name for name, each in answers.items() if each.since is not None} == set(naive)
    for name, content in naive.items():
        change = dict(zip(CHANGE_COLUMNS, content, strict=True))
        expected = (
            change["to_stage"],
            change["changed_at"],
            change["path"],
            change["cause"],
            change["cause_fact_id"],
        )
        assert essence(answers[name]) == expected
        assert StageAnswer(**documented[name]) == answers[name]


@pytest.mark.parametrize("at", DAYS)
def test_as_of_and_both_clocks(marts: Connection, at: datetime) -> None:
    now = recorded_at("r4")
    naive = naive_known(now, at).get("c1")
    answers = stage_as_of(marts, "c1", at)
    assert [(each.stage, each.since) for each in answers] == (
        [(naive[5], naive[3])] if naive is not None else []
    )
    documented = in_doc(marts, "stage_as_of", at)
    assert [tuple(row.values()) for row in documented] == [
        ("c1", *essence(each), each.definition_version) for each in answers if each.stage
    ]
    for known_at in INSTANTS:
        believed = {
            each.lead_id: (each.stage, each.since)
            for each in stage_as_known(marts, "c1", known_at, at)
            if each.since is not None
        }
        assert believed == {
            name: (content[5], content[3]) for name, content in naive_known(known_at, at).items()
        }


@pytest.mark.parametrize("name", ["c1", "c2", "ADA@example.com", "ada@old.example"])
def test_a_merged_contact_keeps_its_own_rows(marts: Connection, name: str) -> None:
    before = stage_as_known(marts, name, recorded_at("r3"))
    assert [(each.lead_id, each.stage, each.run_id) for each in before] == [
        ("c1", "mql", "r2"),
        ("c2", "lead", "r1"),
    ]
    after = stage_as_known(marts, name, recorded_at("r4"))
    assert [(each.lead_id, each.since, each.run_id) for each in after] == [
        ("c1", datetime(2026, 2, 9, 9), "r4"),
        ("c2", None, "r4"),
    ]
    assert stage_as_known(marts, name, FIRST_RUN_AT - timedelta(seconds=1)) == []


def test_somebody_only_the_log_remembers(workspace: Workspace, query: Query) -> None:
    query(MARTS + "delete from marts.lead_aliases where contact_id = 'c2'")
    with open_warehouse(workspace.warehouse, read_only=True) as connection:
        assert [each.stage for each in stage_as_known(connection, "c2", recorded_at("r1"))] == [
            "lead"
        ]
        for ask in (stage_as_of, stage_as_known):
            with pytest.raises(UnusableInputError, match="Nobody in the marts"):
                ask(connection, "x@y.z", recorded_at("r1"))


def asked(warehouse: Place, *words: str) -> str:
    result = CliRunner().invoke(main, ["stage", *words, "--warehouse", str(warehouse)])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_the_command(workspace: Workspace, query: Query) -> None:
    query(MARTS)
    file = workspace.warehouse
    assert asked(file, "c2", "--as-of", "2026-02-06T10:00:00+01:00") == (
        "By the rules of today, at 2026-02-06 09:00 UTC c1 mql since 2026-02-05 09:00 UTC path - "
        "cause email_click|pricing_page (ev-5) definition 2026-01 said by run r2, "
        "recorded 2026-03-02 02:00 UTC"
    )
    assert "c1 no stage since 2026-02-09 09:00 UTC" in asked(file, "c1")
    assert asked(file, "c1", "--as-of", "2026-01-01").endswith("c1 no stage yet")
    known = asked(file, "c1", "--as-known", "2026-03-04T02:00:00Z")
    assert "c2 nothing stands any more (taken back by run r4" in known
    both = asked(file, "c1", "--as-known", "2026-03-01T03:00:00Z", "--as-of", "2026-02-05T09:00Z")
    assert both.startswith(
        "By what had been said at 2026-03-01 03:00 UTC about 2026-02-05 09:00 UTC c1 mql since"
    )
    assert "said by run r1" in both
    assert "c2" not in both


def test_the_published_file_answers_while_a_run_has_the_warehouse(
    workspace: Workspace, query: Query
) -> None:
    query(MARTS)
    Path(str(workspace.warehouse)).rename(workspace.published)
    assert "c1 mql" in asked(workspace.warehouse, "c1", "--as-of", "2026-02-06")
