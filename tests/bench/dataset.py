"""The data that is measured: the demo's people at any scale, thinned to 20 events each.

Beyond 50,000 people they come again as others: the same lives under ids, cookies, addresses and
companies of their own. So 2.5 million take minutes to make, and sizes differ in nothing but size.

`python -m bench.dataset PEOPLE SEED UNTIL EVENTS_PER_PERSON` makes it in a process of
its own, so that the memory it takes is not counted with what is measured afterwards.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.demo.generate import make_demo
from orchestration.demo.tables import DemoSpec
from orchestration.ingest.contract import TABLES, RawTable

PROJECT = Path(__file__).resolve().parents[2]
DATASETS = PROJECT / "warehouse" / "bench" / "data"
REFERENCE = PROJECT / "seeds" / "reference"
INTERNAL = REFERENCE / "internal_domains.csv"
COMMON_DOMAINS = (INTERNAL, *(REFERENCE / f"{n}_domains.csv" for n in ("free_mail", "competitor")))
MARKER = "dataset.json"
TOUCHED_SHARE = 0.01
LARGEST_HASH = 2**64 - 1
NEW_EVENTS = 3
"""New events per touched person."""
LIVES = 50_000
"""People that are made one by one; more of them are copies."""
OWN_IDS = (
    *("activity_id", "anonymous_id", "company_id", "consent_id", "contact_id", "deal_id"),
    *("event_id", "manager_id", "merged_into_contact_id", "owner_id", "rep_id"),
)
"""Columns that tell one person, company or record from another."""


@dataclass(frozen=True)
class Recipe:
    """What a dataset is made from: the same recipe gives the same rows on every machine."""

    people: int
    seed: int = 42
    until: date = date(2026, 7, 1)
    events_per_person: int = 20

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        name = f"people-{self.people}-events-{self.events_per_person}-seed-{self.seed}"
        return DATASETS / f"{name}-until-{self.until.isoformat()}"

    @property
    def as_of(self) -> str:
        """The instant every run judges (ISO 8601, naive UTC): the end of the history."""
        ends_at = DemoSpec(self.people, self.seed, self.until).ends_at
        return ends_at.replace(tzinfo=None).isoformat(sep=" ")

    @property
    def copies(self) -> int:
        """How many people share one life; 1 unless they are a multiple of `LIVES`."""
        return 1 if self.people % LIVES else self.people // LIVES

    @property
    def touched(self) -> int:
        """How many people the second folder brings something new of."""
        return max(1, round(self.people * TOUCHED_SHARE))


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk."""

    recipe: Recipe
    rows: dict[str, int]
    touched: int

    @property
    def events(self) -> int:
        """Rows of events in the first folder."""
        return self.rows["events"]

    @property
    def raw(self) -> Path:
        """Folder to load first."""
        return self.recipe.folder / "raw"

    @property
    def new_of_one(self) -> Path:
        """Folder with new events of one person."""
        return self.recipe.folder / "new_of_one"

    @property
    def new_of_share(self) -> Path:
        """Folder with new events of 1 % of the people."""
        return self.recipe.folder / "new_of_share"

    @property
    def kernel_events(self) -> Path:
        """The same events with the person each is of, for the yardstick."""
        return self.recipe.folder / "kernel_events.parquet"


def find(recipe: Recipe) -> Dataset | None:
    """The dataset, if it was made already, by the very same code."""
    try:
        known = json.loads((recipe.folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if known.get("made_by") != code_digest():
        return None
    return Dataset(recipe, known["rows"], known["touched"])


def make(recipe: Recipe) -> Dataset:
    """Make it anew, in place of what an earlier version of the code made."""
    folder = recipe.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
        connection.execute("set timezone = 'UTC'")
        if recipe.copies > 1:
            lives = replace(recipe, people=LIVES)
            source = find(lives) or make(lives)
            rows = write_copies(connection, source.raw, recipe.copies, folder / "raw")
        else:
            rows = write_demo(connection, recipe, folder / "demo", folder / "raw")
        write_kernel_events(connection, folder / "raw", folder / "kernel_events.parquet")
        touchable = choose_people(connection, folder / "raw", recipe)
        # nobody is in both folders: the second is new to each of its people
        write_new_events(connection, touchable[:1], recipe, folder / "new_of_one")
        share = touchable[1 : 1 + recipe.touched]
        write_new_events(connection, share, recipe, folder / "new_of_share")
    shutil.rmtree(folder / "spill", ignore_errors=True)
    dataset = Dataset(recipe, rows, len(share))
    told = {**asdict(recipe), "until": recipe.until.isoformat(), "rows": rows}
    told |= {"touched": dataset.touched, "made_by": code_digest()}
    (folder / MARKER).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return dataset


def write_demo(
    connection: duckdb.DuckDBPyConnection, recipe: Recipe, demo: Path, raw: Path
) -> dict[str, int]:
    """Make the people one by one; rows per table."""
    make_demo(demo, people=recipe.people, seed=recipe.seed, until=recipe.until)
    rows = write_raw(connection, demo, raw, recipe.people * recipe.events_per_person)
    shutil.rmtree(demo)
    return rows


def write_copies(
    connection: duckdb.DuckDBPyConnection, source: Path, copies: int, raw: Path
) -> dict[str, int]:
    """Write every life that often, each time as somebody else's; rows per table.

    What a campaign cost is nobody's life, and stays as it is.
    """
    raw.mkdir()
    (raw / "events").mkdir()
    common = " union ".join(
        f"select domain from read_csv({_text(file)}, header = true)" for file in COMMON_DOMAINS
    )
    connection.execute(f"create or replace temp table common_domains as {common}")
    rows = {}
    for table in TABLES:
        if table.name == "events":
            rows[table.name] = sum(
                _copy(connection, _as_another(table, part, copy), raw / "events" / name)
                for part in sorted((source / "events").glob("*.parquet"))
                for copy in range(copies)
                for name in (f"{part.stem}-{copy:03}.parquet",)
            )
            continue
        file = f"{table.name}.parquet"
        times = 1 if table.name == "campaign_costs" else copies
        lives = [_as_another(table, source / file, copy) for copy in range(times)]
        rows[table.name] = _copy(connection, " union all ".join(lives), raw / file)
    return rows


def write_raw(
    connection: duckdb.DuckDBPyConnection, demo: Path, raw: Path, events: int
) -> dict[str, int]:
    """Write a demo as Parquet of the contract's types, with only so many events; rows per table."""
    raw.mkdir()
    rows = {}
    for table in TABLES:
        if table.name == "events":
            rows[table.name] = thin_events(connection, demo, raw, events)
            continue
        source = f"read_csv({_text(demo / f'{table.name}.csv')}, header = true, all_varchar = true)"
        query = f"select {_typed(table)} from {source}"
        rows[table.name] = _copy(connection, query, raw / f"{table.name}.parquet")
    return rows


def thin_events(connection: duckdb.DuckDBPyConnection, demo: Path, raw: Path, events: int) -> int:
    """Keep the events with the smallest hashes of their ids, part file by part file; how many.

    Copies of one event are kept or left out together, so the last event kept may bring its own.
    """
    parts = sorted((demo / "events").glob("*.parquet")) or [demo / "events.parquet"]
    place = "md5_number_lower(coalesce(event_id, anonymous_id || occurred_at))"
    connection.execute(
        f"create or replace temp table last_kept as select {place} as place "
        f"from read_parquet({_texts(parts)}) order by place limit 1 offset {events - 1}"
    )
    (raw / "events").mkdir()
    return sum(
        _copy(
            connection,
            f"select * from read_parquet({_text(part)}) where {place} <= "
            f"coalesce((select place from last_kept), {LARGEST_HASH}::ubigint)",
            raw / "events" / part.name,
        )
        for part in parts
    )


def write_kernel_events(connection: duckdb.DuckDBPyConnection, raw: Path, file: Path) -> int:
    """Give each sound event the person it is of, once, in the order it arrived; how many.

    By contact id, else by the contact with that address, else by the contact that somebody with
    that cookie named, else by the cookie.
    """
    connection.execute(
        f"""
        create or replace temp view raw_events as
        select contact_id, email, anonymous_id, event_id, event_type, page_url, occurred_at
        from read_parquet({_text(raw / "events" / "*.parquet")})
        where event_id is not null and event_type <> ''
        qualify row_number() over (partition by event_id order by occurred_at, _loaded_at) = 1;

        create or replace temp table owners as
        select lower(trim(email)) as address, min(contact_id) as contact_id
        from read_parquet({_text(raw / "contacts.parquet")})
        where contact_id is not null and email is not null
        group by all;

        create or replace temp table cookies as
        select
            anonymous_id,
            arg_min(coalesce(raw_events.contact_id, owners.contact_id), occurred_at) as contact_id
        from raw_events
        left join owners on lower(trim(raw_events.email)) = owners.address
        where coalesce(raw_events.contact_id, owners.contact_id) is not null
        group by all
        """
    )
    query = """
        select
            coalesce(
                raw_events.contact_id, owners.contact_id, cookies.contact_id, raw_events.email,
                raw_events.anonymous_id, ''
            ) as person,
            event_id, cast(occurred_at as timestamp) as occurred_at, event_type, page_url
        from raw_events
        left join owners on lower(trim(raw_events.email)) = owners.address
        left join cookies on raw_events.anonymous_id = cookies.anonymous_id
        order by occurred_at, event_id
    """
    return _copy(connection, query, file)


def choose_people(connection: duckdb.DuckDBPyConnection, raw: Path, recipe: Recipe) -> list[str]:
    """Contacts that are one person each, spread over all by the hash of their ids.

    So many that one more than the promised share of people can be touched: known for a month,
    neither merged nor merged into, with an address no other contact ever had, and not our own
    staff, whom no mart is about.
    """
    found = connection.execute(
        f"""
        with versions as (
            select *, lower(trim(email)) as address
            from read_parquet({_text(raw / "contacts.parquet")})
        ),
        addresses as (
            select address from versions group by address having count(distinct contact_id) = 1
        ),
        unsound as (
            select contact_id from versions
            where is_deleted or merged_into_contact_id is not null
            union all
            select merged_into_contact_id from versions where merged_into_contact_id is not null
            union all
            select contact_id from versions
            where address is null or address not in (select address from addresses)
            union all
            select contact_id from versions
            where split_part(address, '@', 2)
                in (select domain from read_csv({_text(INTERNAL)}, header = true))
            union all
            select contact_id from read_parquet({_text(raw / "consents.parquet")})
            where kind = 'erasure'
        )
        select contact_id from versions
        where
            contact_id <> ''
            and contact_id not in (select contact_id from unsound where contact_id is not null)
        group by contact_id
        having min(created_at) between timestamp '1990-01-01'
            and timestamp '{recipe.as_of}' - interval 30 day
        order by md5_number_lower(contact_id), contact_id
        limit {recipe.touched + 1}
        """
    ).fetchall()
    if len(found) < recipe.touched + 1:
        raise ValueError(f"only {len(found)} contacts can be touched, {recipe.touched + 1} wanted")
    return [contact for (contact,) in found]


def write_new_events(
    connection: duckdb.DuckDBPyConnection, contacts: Sequence[str], recipe: Recipe, folder: Path
) -> int:
    """Write a few events of the last hours for each contact; how many."""
    folder.mkdir()
    kinds = "(0, 'page_view', 'https://www.leadger.example/en/pricing'), (1, 'email_click', null), "
    kinds += "(2, 'whitepaper_download', null)"
    connection.execute("create or replace temp table chosen (contact_id varchar)")
    connection.executemany("insert into chosen values (?)", [[each] for each in contacts])
    query = f"""
        select
            'ev-new-' || contact_id || '-' || place as event_id,
            timestamp '{recipe.as_of}' - to_minutes(10 * (place + 1)) as occurred_at,
            event_type, contact_id, page_url, 'web' as channel,
            timestamp '{recipe.as_of}' as _loaded_at
        from chosen, (values {kinds}) as kinds (place, event_type, page_url)
        where place < {NEW_EVENTS}
        order by event_id
    """
    return _copy(connection, query, folder / "events.parquet")


def code_digest() -> str:
    """What the rows depend on beside the recipe: this code, and the demo's."""
    demo = PROJECT / "orchestration" / "demo"
    files = [Path(__file__), INTERNAL, *sorted(demo.rglob("*.sql")), *sorted(demo.glob("*.py"))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _as_another(table: RawTable, file: Path, copy: int) -> str:
    """The rows of a file as those of another person; the first copy is the original."""
    if copy == 0:
        return f"select * from read_parquet({_text(file)})"
    mark = f"c{copy}"
    domain = "lower(trim(split_part(email, '@', 2)))"
    changes = {
        name: f"case when trim({name}) = '' then {name} else {name} || '-{mark}' end"
        for name in OWN_IDS
    }
    changes["domain"] = f"case when domain <> '' then '{mark}.' || domain end"
    changes["email"] = (
        "case when email is null or trim(email) = '' then email "
        f"when {domain} = '' or {domain} in (select domain from common_domains) "
        f"then '{mark}.' || trim(email) "
        f"else replace(email, '@', '@{mark}.') end"
    )
    changed = ", ".join(
        f"{changes[each.name]} as {each.name}" for each in table.columns if each.name in changes
    )
    return f"select * replace ({changed}) from read_parquet({_text(file)})"


def _typed(table: RawTable) -> str:
    columns = [f"cast({c.name} as {c.type.value}) as {c.name}" for c in table.columns]
    return ", ".join([*columns, "cast(_loaded_at as timestamp) as _loaded_at"])


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    statement = f"copy ({query}) to {_text(file)} (format parquet, compression zstd)"
    row: Any = connection.execute(statement).fetchone()
    return int(row[0])


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _texts(paths: Sequence[Path]) -> str:
    return "[" + ", ".join(_text(path) for path in paths) + "]"


def main(people: str, seed: str, until: str, events_per_person: str) -> None:
    """Make one dataset."""
    make(Recipe(int(people), int(seed), date.fromisoformat(until), int(events_per_person)))


if __name__ == "__main__":
    main(*sys.argv[1:])
