"""What a run has to do, told from what the marts in use were built from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.definition_guard import read_definitions
from orchestration.run import DEFINITIONS
from orchestration.run_log import RunLog
from orchestration.warehouse import Connection, open_warehouse
from orchestration.work import (
    BEGINNING,
    STAGED_INSTANTS,
    Publication,
    Sources,
    Work,
    latest_publication,
    record_publication,
    work_to_do,
)

SPRING, SUMMER, AUTUMN = datetime(2026, 3, 1), datetime(2026, 6, 1), datetime(2026, 9, 1)
SOURCES = Sources({"v1": (BEGINNING, "one"), "v2": (SPRING, "two")}, "seeds", "words", "code")
BEFORE = Publication("run 1", SUMMER, 7, SUMMER, SOURCES)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A warehouse whose marts reach up to batch 7 and the beginning of June."""
    file = tmp_path / "w.duckdb"
    RunLog(file).prepare()
    with open_warehouse(file) as warehouse:
        warehouse.execute("create schema staging")
        for table, instants in STAGED_INSTANTS.items():
            columns = ", ".join(f"{instant} timestamp" for instant in instants)
            warehouse.execute(f"create table staging.stg_generic__{table} ({columns})")
        record_publication(warehouse, BEFORE)
        yield warehouse


def work(connection: Connection, **named: Any) -> Work:
    given = {
        "sources": SOURCES,
        "as_of": AUTUMN,
        "batch": 7,
        "is_travel": False,
        "is_full_refresh": False,
    }
    return work_to_do(connection, **{**given, **named})


def test_a_publication_is_read_as_it_was_written(connection: Connection) -> None:
    assert latest_publication(connection) == BEFORE


def test_nothing_is_new(connection: Connection) -> None:
    found = work(connection)
    assert found.is_nothing
    assert found.why_everybody is None


def test_a_first_build_and_travel_start_from_nothing(
    connection: Connection,
) -> None:
    assert work(connection, is_travel=True).variables() == {"has_crm_ledger": False}
    connection.execute("delete from control.publications")
    first = work(connection)
    assert (first.since, first.why_everybody, first.is_nothing) == (None, "first build", False)
    assert first.is_staging_afresh


def test_new_rows_touch_some(connection: Connection) -> None:
    found = work(connection, batch=8)
    assert not found.is_nothing
    assert found.why_everybody is None
    assert not found.is_staging_afresh
    assert found.variables()["built_batch"] == 7
    assert found.variables()["built_as_of"] == "2026-06-01 00:00:00.000000"


@pytest.mark.parametrize(
    ("named", "why", "changed_from"),
    [
        ({"is_full_refresh": True}, "full refresh", None),
        ({"as_of": SPRING}, "an earlier instant than the last run's", None),
        ({"sources": replace(SOURCES, code="other")}, "changed code", None),
        ({"sources": replace(SOURCES, reference="other")}, "changed definitions", BEGINNING),
        (
            {"sources": replace(SOURCES, definitions={**SOURCES.definitions, "v3": (SUMMER, "x")})},
            "changed definitions",
            SUMMER,
        ),
        (
            {"sources": replace(SOURCES, definitions={"v1": (BEGINNING, "one")})},
            "changed definitions",
            SPRING,
        ),
    ],
)
def test_everybody_is_recomputed(
    connection: Connection,
    named: dict[str, Any],
    why: str,
    changed_from: datetime | None,
) -> None:
    found = work(connection, **named)
    assert (found.why_everybody, found.is_nothing) == (why, False)
    assert found.definitions_changed_from == changed_from
    assert found.variables()["recompute_everybody"]


def test_a_draft_is_seeded_and_touches_nobody(connection: Connection) -> None:
    found = work(connection, sources=replace(SOURCES, seeds="other"))
    assert (found.why_everybody, found.is_nothing) == (None, False)


@pytest.mark.parametrize("table", STAGED_INSTANTS)
def test_rows_whose_time_has_come_are_work(connection: Connection, table: str) -> None:
    for instant in STAGED_INSTANTS[table]:
        ahead = f"insert into staging.stg_generic__{table} ({instant}) values ('2026-07-01')"
        connection.execute(ahead)
        assert work(connection, as_of=SUMMER).is_nothing
        assert not work(connection, as_of=datetime(2026, 7, 1)).is_nothing
        connection.execute(f"delete from staging.stg_generic__{table}")


def test_what_falls_due_is_work(connection: Connection) -> None:
    connection.execute("insert into control.lead_upkeep values ('p', '2026-07-01', 0, 0)")
    assert work(connection, as_of=datetime(2026, 6, 30)).is_nothing
    assert not work(connection, as_of=datetime(2026, 7, 1)).is_nothing


@pytest.mark.parametrize("turn", ["at_risk_at", "due_at"])
def test_what_is_owed_to_nobody_in_particular_falls_due_too(
    connection: Connection, turn: str
) -> None:
    connection.execute(
        "create table marts.sla_clocks (lead_id varchar, at_risk_at timestamp, due_at timestamp)"
    )
    insert = f"insert into marts.sla_clocks (lead_id, {turn}) values (?, '2026-07-01')"
    connection.execute(insert, ["a person, whose upkeep says so"])
    assert work(connection, as_of=AUTUMN).is_nothing
    connection.execute(insert, [None])
    assert work(connection, as_of=datetime(2026, 6, 30)).is_nothing
    assert not work(connection, as_of=datetime(2026, 7, 1)).is_nothing


def test_a_week_that_begins_is_work(connection: Connection) -> None:
    connection.execute(
        "create table marts.handoff_weeks as select timestamp '2026-07-05 22:00' as ends_at"
    )
    assert work(connection, as_of=datetime(2026, 7, 5, 21, 59)).is_nothing
    assert not work(connection, as_of=datetime(2026, 7, 5, 22)).is_nothing


def test_a_month_that_ends_is_work(connection: Connection) -> None:
    connection.execute("create table marts.kpi_basis as select timestamp '2026-07-01' as ends_at")
    assert work(connection, as_of=datetime(2026, 6, 30, 23, 59)).is_nothing
    assert not work(connection, as_of=datetime(2026, 7, 1)).is_nothing


def test_without_its_staging_tables_a_warehouse_is_staged_again(
    connection: Connection,
) -> None:
    connection.execute("drop schema staging cascade")
    found = work(connection)
    assert (found.is_nothing, found.is_staging_afresh, found.why_everybody) == (False, True, None)


def test_the_sources_of_this_project() -> None:
    definitions = read_definitions(DEFINITIONS)
    sources = Sources.of(definitions, datetime(2026, 11, 22))
    assert Sources.from_json(sources.as_json()) == sources
    assert sources.definitions_changed_from(sources) is None
    earliest = next(iter(definitions.effective_from))
    assert sources.definitions[earliest][0] == BEGINNING
