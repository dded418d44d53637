"""Two clocks: `--as-of` judges with all that is known today, `--known-at` with what had landed.

What lands afterwards changes no earlier answer, and a run that travels leaves no trace in what is
in use: not in the marts, not in the CRM's ledger, not in the readers' file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from model.facts import AS_OF
from model.histories import Options, default_definitions, random_history, write_raw
from pipeline.slicing import (
    Raw,
    RawRow,
    cut,
    differences,
    joined,
    landing,
    read_raw,
    write_rows,
)
from pipeline.workshop import Warehouse, Workshop

PEOPLE = 120
LANDED = AS_OF + timedelta(days=10)
KNOWN_AT = AS_OF + timedelta(days=20)
EARLIER = AS_OF - timedelta(days=60)
OF_RUNS = ("lead_stage_audit", "audit_digests")


@dataclass(frozen=True)
class Travels:
    """A warehouse that had travelled before more landed, and travelled again afterwards."""

    warehouse: Warehouse
    before: Path
    """As it was after the first travels."""
    settled: Path
    """As it was when more had landed and a regular run was done."""
    beside: dict[str, bytes]
    """The files beside it then: the readers' and the CRM's."""
    as_of: str
    """The schema of the marts of each kind of travel."""
    known_at: str
    both: str
    known: Raw
    """What had landed by `KNOWN_AT`."""
    rest: Raw
    """What landed afterwards."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop.opened(tmp_path_factory.mktemp("travel") / "workshop") as opened:
        opened.define(default_definitions())
        yield opened


@pytest.fixture(scope="module")
def travels(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Travels:
    folder = tmp_path_factory.mktemp("rows")
    # an erasure is the one thing that alters the past: it empties what had landed before it
    write_raw(random_history(3, PEOPLE, Options(erasures=False)), folder / "history")
    ways = ("merges_last", "oldest_last", "companies_last", "people_last", "scattered")
    known, soon, later = cut(read_raw(folder / "history", LANDED), 3, "travel", ways)
    known, soon = landing(known, LANDED), landing(soon, KNOWN_AT)  # strictly after it
    later = {table: [_unstamped(row) for row in rows] for table, rows in later.items()}

    warehouse = workshop.warehouse("travelled")
    warehouse.run(AS_OF, write_rows(joined(known, soon), folder / "first"))
    warehouse.run(None, known_at=KNOWN_AT)
    warehouse.run(EARLIER, known_at=KNOWN_AT)
    before = warehouse.snapshot()
    warehouse.run(AS_OF, write_rows(later, folder / "later"))
    settled, beside = warehouse.snapshot(), _beside(warehouse)
    schemas = (
        warehouse.run(EARLIER),
        warehouse.run(None, known_at=KNOWN_AT),
        warehouse.run(EARLIER, known_at=KNOWN_AT),
    )
    return Travels(warehouse, before, settled, beside, *schemas, known, joined(soon, later))


def _unstamped(row: RawRow) -> RawRow:
    """Without an instant of landing: the loader gives it that of loading."""
    return {name: value for name, value in row.items() if name != "_loaded_at"}


def _beside(warehouse: Warehouse) -> dict[str, bytes]:
    files = [warehouse.workspace.published, *warehouse.workspace.outbox.iterdir()]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("kind", ["known_at", "both"])
def test_the_same_answer_whatever_landed_afterwards(travels: Travels, kind: str) -> None:
    said = differences(travels.warehouse.file, travels.before, schema=getattr(travels, kind))
    assert not said, "\n".join(said)


def test_known_at_sees_what_had_landed_and_nothing_else(
    travels: Travels, workshop: Workshop, tmp_path: Path
) -> None:
    told_no_more = workshop.warehouse("told-no-more")
    told_no_more.run(EARLIER, write_rows(travels.known, tmp_path / "known"))
    said = differences(
        *(travels.warehouse.file, told_no_more.file),
        schema=travels.both,
        other_schema="marts",
        ignored=OF_RUNS,
    )
    assert not said, "\n".join(said)
    told_no_more.run(AS_OF, write_rows(travels.rest, tmp_path / "rest"), full_refresh=True)
    said = differences(travels.warehouse.file, told_no_more.file, ignored=OF_RUNS)
    assert not said, "the travels disturbed the run after them\n" + "\n".join(said)


def test_as_of_alone_judges_with_all_that_is_known_today(travels: Travels) -> None:
    assert differences(
        travels.warehouse.file,
        travels.warehouse.file,
        schema=travels.as_of,
        other_schema=travels.both,
    )
    latest = travels.warehouse.rows(
        f"select max(changed_at) from {travels.as_of}.lead_stage_changes"
    )
    assert latest[0][0] <= EARLIER
    # the contacts of today, as far as they existed then
    assert (
        travels.warehouse.rows(
            f"select contact_id from {travels.as_of}.lead_aliases except select contact_id"
            " from marts.lead_aliases"
        )
        == []
    )


@pytest.mark.parametrize("schema", ["marts", "crm_sync", "raw"])
def test_a_travel_changes_nothing_in_use(travels: Travels, schema: str) -> None:
    said = differences(travels.warehouse.file, travels.settled, schema=schema)
    assert not said, "\n".join(said)


def test_a_travel_publishes_and_pushes_nothing(travels: Travels) -> None:
    assert _beside(travels.warehouse) == travels.beside
    steps = travels.warehouse.rows(
        "select distinct step from control.run_steps join control.runs using (run_id)"
        " where not is_regular"
    )
    assert not {("publish",), ("crm",)} & set(steps)


def test_a_travel_is_no_regular_run(travels: Travels) -> None:
    assert travels.warehouse.rows(
        "select is_regular, as_of, known_at is not null from control.runs order by started_at"
    ) == [
        *((True, AS_OF, False), (False, KNOWN_AT, True), (False, EARLIER, True)),
        (True, AS_OF, False),
        *((False, EARLIER, False), (False, KNOWN_AT, True), (False, EARLIER, True)),
    ]
