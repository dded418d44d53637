"""The same rows from the same seed, in the contract, as many and as long as asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.demo import tables
from orchestration.demo.tables import DemoSpec, invent
from orchestration.ingest.contract import TABLES

from .rows import SPEC, value, values, write


def event_rows(folder: Path) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"from read_parquet('{folder}/**/*.parquet')").fetchall()


def test_same_seed_gives_the_same_rows_whatever_the_threads(demo: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write(again, SPEC, threads=1)

    names = sorted(file.name for file in demo.iterdir())
    assert names == sorted(file.name for file in again.iterdir())
    for name in names:
        if name.endswith(".csv"):
            assert (demo / name).read_bytes() == (again / name).read_bytes(), name
    assert event_rows(demo) == event_rows(again)


def test_part_files_hold_the_same_events(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_PEOPLE_PER_FILE", 300)
    write(tmp_path / "parts", SPEC)

    assert len(list((tmp_path / "parts" / "events").glob("part-*.parquet"))) == 4
    assert sorted(map(repr, event_rows(tmp_path / "parts"))) == sorted(map(repr, event_rows(demo)))


def test_another_seed_gives_other_people_and_events(demo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, DemoSpec(SPEC.people, SPEC.seed + 1, SPEC.until))

    for name in ("contacts.csv", "sales_activities.csv", "deals.csv"):
        assert (demo / name).read_bytes() != (other / name).read_bytes()
    assert event_rows(demo) != event_rows(other)


@pytest.mark.parametrize("people", [1, 2, 7, 150])
def test_small_demos_have_all_their_people(tmp_path: Path, people: int) -> None:
    rows = write(tmp_path / "small", DemoSpec(people, 3, SPEC.until))

    contacts = duckdb.sql(
        f"select distinct contact_id from '{tmp_path}/small/contacts.csv' "
        "where contact_id similar to 'ct-[0-9]+'"
    ).fetchall()
    assert len(contacts) == people
    assert rows["events"] > people


def test_size_grows_with_people(tmp_path: Path) -> None:
    small = write(tmp_path / "small", DemoSpec(500, 1, SPEC.until))
    large = write(tmp_path / "large", DemoSpec(4000, 1, SPEC.until))

    for table in ("contacts", "events", "sales_activities", "consents"):
        assert 7 < large[table] / small[table] < 9, table
    assert 25 < large["events"] / 4000 < 35


def test_archetypes_share_out_everybody_and_are_all_present() -> None:
    with duckdb.connect() as connection:
        invent(connection, SPEC)
        assert value(connection, "select sum(share) from archetypes") == 10_000
        missing = values(
            connection,
            "select archetype from archetypes except from (select archetype from people)",
        )
        unknown = values(
            connection,
            "select unnest(plays) from archetypes except select play from plays",
        )
        kinds = values(
            connection,
            "select unnest(choices) from plays where fact = 'event' "
            "except select kind from event_kinds",
        )
    assert not missing
    assert not unknown
    assert not kinds


def test_columns_are_those_of_the_contract(demo: Path) -> None:
    for table in TABLES:
        file = demo / ("events.parquet" if table.name == "events" else f"{table.name}.csv")
        expected = [*(column.name for column in table.columns), "_loaded_at"]
        assert duckdb.sql(f"from '{file}'").columns == expected


def test_history_ends_on_the_last_day_and_spans_two_years(raw: duckdb.DuckDBPyConnection) -> None:
    end = datetime(2026, 6, 30, 6)
    instants = {
        "contacts": "updated_at", "companies": "updated_at", "events": "occurred_at",
        "sales_activities": "occurred_at", "deals": "updated_at", "consents": "occurred_at",
        "deal_contacts": "updated_at", "reps": "updated_at",
    }  # fmt: skip
    for table, instant in instants.items():
        sound = f"{instant} > '1990-01-01' and {instant} < '2050-01-01'"
        first = value(raw, f"select min({instant}) from {table} where {sound}")
        last = value(raw, f"select max({instant}) from {table} where {sound}")
        assert first >= end - timedelta(days=731), table
        assert last <= end, table
        assert value(raw, f"select max(_loaded_at) from {table}") <= end, table
    assert value(
        raw,
        "select count(*) from events "
        f"where occurred_at between '{end - timedelta(days=1)}' and '{end}'",
    )


@pytest.mark.parametrize("until", [date(2024, 2, 29), date(2026, 11, 1), date(1996, 1, 1)])
def test_any_last_day_will_do(tmp_path: Path, until: date) -> None:
    write(tmp_path / "demo", DemoSpec(200, 1, until))

    last = value(
        duckdb.connect(),
        f"select max(_loaded_at) from '{tmp_path}/demo/events.parquet'",
    )
    assert until - timedelta(days=2) <= last.date() <= until
