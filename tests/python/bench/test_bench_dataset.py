"""The data that is measured is what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench import dataset as module
from bench.dataset import NEW_EVENTS, Dataset, Recipe, find, make

RECIPE = Recipe(people=1_000, seed=7, until=date(2026, 7, 1))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DATASETS", tmp_path_factory.mktemp("bench"))
        yield make(RECIPE)


def rows(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def parquet(path: Path) -> str:
    return f"read_parquet('{path}')"


def events(dataset: Dataset) -> str:
    return parquet(dataset.raw / "events" / "*.parquet")


def test_twenty_events_per_person_are_left(dataset: Dataset) -> None:
    # the last event kept brings its copies, of which there are at most two
    assert 20_000 <= dataset.events <= 20_002
    assert rows(f"select count(*) from {events(dataset)}") == [(dataset.events,)]


def test_the_events_left_have_the_smallest_hashes(dataset: Dataset, tmp_path: Path) -> None:
    from orchestration.demo.generate import make_demo

    make_demo(tmp_path / "demo", people=1_000, seed=7, until=date(2026, 7, 1))
    whole = parquet(tmp_path / "demo" / "events.parquet")
    assert rows(
        f"""
        select
            count(*) > 25000,
            max(md5_number_lower(event_id)) filter (is_kept)
            < min(md5_number_lower(event_id)) filter (not is_kept)
        from (
            select whole.event_id, kept.event_id is not null as is_kept
            from {whole} as whole
            left join (select distinct event_id from {events(dataset)}) as kept
                on whole.event_id = kept.event_id
            where whole.event_id is not null
        )
        """
    ) == [(True, True)]


def test_copies_are_other_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATASETS", tmp_path)
    monkeypatch.setattr(module, "LIVES", 200)
    one, three = make(Recipe(people=200)), make(Recipe(people=600))
    for table, count in three.rows.items():
        assert count == one.rows[table] * (1 if table == "campaign_costs" else 3), table

    def told(data: Dataset) -> list[tuple[Any, ...]]:
        raw = data.raw
        contacts, companies = parquet(raw / "contacts.parquet"), parquet(raw / "companies.parquet")
        return rows(
            f"""
            select count(distinct contact_id) from {contacts}
            union all
            select count(distinct lower(trim(email))) from {contacts}
            union all
            select count(distinct company_id) from {companies}
            union all
            select count(distinct domain) from {companies}
            union all
            select count(distinct event_id) from {events(data)}
            union all
            select count(distinct anonymous_id) from {events(data)}
            union all
            select count(distinct contact_id) from {contacts}
            where split_part(lower(email), '@', 2) in (select domain from {companies})
            union all
            select count(distinct events.event_id) from {events(data)} as events
            inner join {contacts} as contacts on events.contact_id = contacts.contact_id
            """
        )

    assert told(three) == [(3 * count,) for (count,) in told(one)]
    assert make(Recipe(people=201)).recipe.copies == 1


def test_every_other_table_is_whole(dataset: Dataset) -> None:
    counted = {
        name: rows(f"select count(*) from {parquet(dataset.raw / f'{name}.parquet')}")[0][0]
        for name in dataset.rows
        if name != "events"
    }
    assert counted == {name: n for name, n in dataset.rows.items() if name != "events"}
    assert counted["contacts"] > RECIPE.people


def test_the_kernel_sees_each_sound_event_once(dataset: Dataset) -> None:
    sound = f"from {events(dataset)} where event_id is not null and event_type <> ''"
    kernel = f"from {parquet(dataset.kernel_events)}"
    assert rows(f"select count(*), count(distinct event_id) {kernel}") == rows(
        f"select count(distinct event_id), count(distinct event_id) {sound}"
    )
    named = f"select event_id, contact_id {sound} and contact_id is not null"
    assert rows(f"{named} except select event_id, person {kernel}") == []


@pytest.mark.parametrize(("folder", "people"), [("new_of_one", 1), ("new_of_share", 10)])
def test_the_second_folder_touches_the_promised_people(
    dataset: Dataset, folder: str, people: int
) -> None:
    new = parquet(RECIPE.folder / folder / "events.parquet")
    contacts = parquet(dataset.raw / "contacts.parquet")
    assert rows(f"select count(*), count(distinct contact_id) from {new}") == [
        (people * NEW_EVENTS, people)
    ]
    # each is somebody, by an address nobody else has, and merged with nobody
    assert rows(
        f"""
        with mine as (select distinct contact_id from {new}),
        addresses as (
            select distinct contact_id, lower(trim(email)) as address from {contacts}
        )
        select count(distinct one.contact_id), count(*) filter (other.contact_id is not null)
        from mine
        inner join addresses as one on mine.contact_id = one.contact_id
        left join addresses as other
            on one.address = other.address and one.contact_id <> other.contact_id
        """
    ) == [(people, 0)]
    assert rows(
        f"""
        select count(*) from {contacts}
        where
            merged_into_contact_id is not null
            and (
                contact_id in (select contact_id from {new})
                or merged_into_contact_id in (select contact_id from {new})
            )
        """
    ) == [(0,)]
    assert (
        rows(f"select event_id from {new} intersect select event_id from {events(dataset)}") == []
    )


def test_nobody_is_in_both_folders(dataset: Dataset) -> None:
    one = parquet(dataset.new_of_one / "events.parquet")
    share = parquet(dataset.new_of_share / "events.parquet")
    assert rows(f"select contact_id from {one} intersect select contact_id from {share}") == []


def test_is_made_once(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(RECIPE) == dataset
    monkeypatch.setattr(module, "code_digest", lambda: "other code")
    assert find(RECIPE) is None
