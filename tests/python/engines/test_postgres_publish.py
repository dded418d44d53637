"""Publishing on PostgreSQL: one transaction, beside which readers go on reading."""

from __future__ import annotations

from datetime import datetime

import pytest

from engines.conftest import Query
from orchestration.errors import LeadgerError
from orchestration.publish import Built, PublishReport, Way, publish
from orchestration.run_log import RunLog
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import Workspace

pytestmark = pytest.mark.postgres

NOON = datetime(2026, 3, 1, 12)
BY_LEAD = {"leads": Way.BY_LEAD}


@pytest.fixture(autouse=True)
def prepared(space: Workspace) -> None:
    RunLog(space.warehouse).prepare()


def build(
    query: Query, generation: int, *tables: str, leads: tuple[int, ...] = tuple(range(10))
) -> None:
    """Build marts as dbt does, for some people: tables with descriptions."""
    people = ", ".join(f"({lead})" for lead in leads)
    query("drop schema if exists intermediate cascade")
    query("create schema intermediate")
    query("create schema marts_next")
    for table in tables or ("leads", "mqls"):
        name = f'marts_next."{table}"'
        query(
            f"create table {name} as select cast(lead as varchar) as lead_id, "
            f"{generation} as generation from (values {people}) as people (lead)"
        )
        query(f"comment on table {name} is 'One row per lead''s 100% person {generation}'")
        query(f"comment on column {name}.lead_id is 'Who; it''s person'")
    query(
        "create table intermediate.int_touched_leads as "
        f"select cast(lead as varchar) as lead_id from (values {people}) as people (lead)"
    )
    query(
        "create table intermediate.int_lead_upkeep as select lead_id, "
        f"timestamp '2026-03-0{generation}' as due_at, 1 as events_named, 0 as events_stitched "
        "from intermediate.int_touched_leads"
    )
    query(
        "create table intermediate.int_contact_people as select 'c' || lead_id as contact_id, "
        f"lead_id, '{generation}' as email_digest, false as is_internal "
        "from intermediate.int_touched_leads"
    )


def bring(space: Workspace, run: int = 1, **named: object) -> PublishReport:
    built = Built(f"run {run}", NOON, **named)  # type: ignore[arg-type]
    return publish(space, built, run_id=built.run_id, previous_run_id=f"run {run - 1}")


def generations(query: Query, table: str = "leads") -> list[tuple[object, ...]]:
    return query(f"select generation, count(*) from marts.{table} group by generation order by 1")


def test_the_new_marts_replace_the_old(space: Workspace, query: Query) -> None:
    build(query, 1, "leads", "mqls", "gone")
    first = bring(space)
    assert (first.dropped, first.place) == ((), space.warehouse)
    query("create view public.report as select count(*) as leads from marts.leads")
    build(query, 2, leads=(1, 2))
    second = bring(space, 2)
    assert second.dropped == ("gone",)
    assert {name: second.tables[name] for name in ("leads", "mqls")} == {"leads": 2, "mqls": 2}
    assert generations(query) == [(2, 2)]
    assert query("select * from public.report") == [(2,)]
    assert query("select obj_description('marts.leads'::regclass)") == [
        ("One row per lead's 100% person 2",)
    ]
    assert query("select col_description('marts.leads'::regclass, 1)") == [("Who; it's person",)]
    assert query("select to_regnamespace('marts_next')") == [(None,)]
    assert not space.published.exists()


def test_a_table_that_changes_its_columns_is_made_anew(space: Workspace, query: Query) -> None:
    build(query, 1)
    bring(space)
    build(query, 2)
    query("alter table marts_next.leads add column score integer")
    bring(space, 2)
    assert query("select distinct score from marts.leads") == [(None,)]


def test_only_touched_people_are_brought(space: Workspace, query: Query) -> None:
    build(query, 1)
    bring(space)
    build(query, 2, leads=(3, 4))
    bring(space, 2, is_everybody=False, ways=BY_LEAD)
    assert generations(query) == [(1, 8), (2, 2)]
    assert generations(query, "mqls") == [(2, 2)]
    assert query(
        "select email_digest, count(*) from control.contact_people group by 1 order by 1"
    ) == [("1", 8), ("2", 2)]


def test_a_publishing_that_fails_changes_nothing(space: Workspace, query: Query) -> None:
    build(query, 1)
    bring(space)
    build(query, 2)

    def fail(connection: Connection) -> None:
        connection.execute("insert into control.seeded values ('never')")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(space, Built("run 2", NOON), run_id="run 2", record=fail)
    assert generations(query) == [(1, 10)]
    assert query("select count(*) from control.seeded") == [(0,)]
    bring(space, 2)
    assert generations(query) == [(2, 10)]


def test_readers_see_the_old_marts_until_the_new_are_whole(space: Workspace, query: Query) -> None:
    build(query, 1)
    bring(space)
    build(query, 2, leads=(3,))
    seen: list[list[tuple[object, ...]]] = []

    def look(_: Connection) -> None:
        with open_warehouse(space.warehouse, read_only=True) as reader:
            rows = reader.execute("select generation, count(*) from marts.leads group by 1")
            seen.append(rows.fetchall())

    built = Built("run 2", NOON, is_everybody=False, ways=BY_LEAD)
    publish(space, built, run_id="run 2", record=look)
    assert seen == [[(1, 10)]]
    assert generations(query) == [(1, 9), (2, 1)]


def test_there_must_be_marts(space: Workspace) -> None:
    with pytest.raises(LeadgerError, match="no marts"):
        publish(space, None, run_id="run 1")
