"""Definitions are versioned data: one in force at any instant, each at its own, drafts never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from model.default_definitions import default_definitions
from model.definitions import Definitions
from model.histories import REFERENCE, write_raw
from model.lifecycle import run
from model.story import Story, day
from orchestration.errors import UnusableInputError
from pipeline.agreement import assert_agreement
from pipeline.workshop import Warehouse, Workshop

AS_OF = day(100)
SECOND = timedelta(seconds=1)
STARTS = {"first": 10, "second": 40, "third": 70, "future": 150}
DRAFT = 55
"""Of status `draft`, it would be in force from this day on; anybody would be an MQL by it."""
ADDED = 80
"""A version agreed upon after the first run, in force since before it."""


def definitions() -> Definitions:
    """Versions that differ in the points of a white paper and the MQL threshold."""
    points = {"first": "8", "second": "12", "third": "20", "future": "1", "draft": "40"}
    above = {"second": "50", "draft": "0", "future": "0"}
    days = {**STARTS, "draft": DRAFT}
    return _versions(days, points, above)


def _versions(days: dict[str, int], points: dict[str, str], above: dict[str, str]) -> Definitions:
    parts = [
        default_definitions(name, f"{day(start).isoformat()}Z").tables
        for name, start in sorted(days.items())  # in the order of their names, not of their days
    ]
    catalogue = parts[0]["signal_catalogue"]
    tables = {table: [row for part in parts for row in part[table]] for table in parts[0]}
    for row in tables["definition_versions"]:
        row["status"] = "draft" if row["definition_version"] == "draft" else "active"
    for row in tables["scoring_rules"]:
        if row["signal"] == "whitepaper_downloaded":
            row["points"] = points.get(row["definition_version"], row["points"])
    for row in tables["definition_parameters"]:
        if row["parameter"] == "mql_score_above":
            row["value"] = above.get(row["definition_version"], row["value"])
    return Definitions({**tables, "signal_catalogue": catalogue})


def history() -> Story:
    """`c1` stays warm below 70; `c2` to `c7` read a white paper around each boundary."""
    story = Story()
    story.act("meeting", "booked", 30)
    story.act("meeting", "cancelled", 31)
    instants = [
        *(day(STARTS["first"]) - SECOND, day(STARTS["first"])),
        *(day(STARTS["second"]) - SECOND, day(STARTS["second"])),
        *(day(STARTS["third"]) - SECOND, day(STARTS["third"])),
    ]
    for number, at in enumerate(instants, start=2):
        story.contact(f"c{number}", 0, email=f"reader{number}@gmail.com")
        story.event("whitepaper_download", 0, contact_id=f"c{number}", occurred_at=at)
    return story


@dataclass(frozen=True)
class Defined:
    """A warehouse that a run has judged by several versions."""

    workshop: Workshop
    warehouse: Warehouse

    @property
    def seeds(self) -> Path:
        """The definition files."""
        return self.workshop.sandbox.seeds / "definitions"

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a line of a definition file."""
        path = self.seeds / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Defined]:
    with Workshop.opened(tmp_path_factory.mktemp("versions") / "workshop") as workshop:
        workshop.define(definitions())
        write_raw(history().history, workshop.sandbox.raw)
        warehouse = workshop.warehouse("versions")
        warehouse.run(AS_OF, workshop.sandbox.raw)
        yield Defined(workshop, warehouse)


@pytest.fixture
def defined(judged: Defined) -> Iterator[Defined]:
    """The same, with the definitions put back afterwards."""
    yield judged
    judged.workshop.define(definitions())


def test_one_version_is_in_force_at_any_instant(judged: Defined) -> None:
    spans = judged.warehouse.rows(
        "select definition_version, valid_from, valid_to"
        " from intermediate.int_definition_versions order by valid_from"
    )
    assert [name for name, _, _ in spans] == list(STARTS)
    assert [start for _, start, _ in spans[1:]] == [day(at) for at in list(STARTS.values())[1:]]
    assert spans[0][1] < datetime(1950, 1, 1)
    assert spans[-1][2] > datetime(2500, 1, 1)
    assert [end for _, _, end in spans[:-1]] == [start for _, start, _ in spans[1:]]


def test_points_are_those_of_the_version_in_force_at_the_instant(judged: Defined) -> None:
    assert judged.warehouse.rows(
        "select lead_id, definition_version, points from marts.lead_score_ledger"
        " where entry_type = 'credit' and signal = 'whitepaper_downloaded' order by lead_id"
    ) == [
        ("c2", "first", 8),  # the earliest reaches back for ever
        ("c3", "first", 8),
        ("c4", "first", 8),
        ("c5", "second", 12),
        ("c6", "second", 12),
        ("c7", "third", 20),
    ]


def test_sql_agrees_with_the_model(judged: Defined) -> None:
    expected = run(history().history, definitions(), AS_OF, REFERENCE)
    assert_agreement(judged.warehouse, expected, AS_OF)


def test_a_version_moves_leads_at_its_own_instant_and_is_the_cause(judged: Defined) -> None:
    assert judged.warehouse.rows(
        "select changed_at, from_stage, to_stage, path, cause, cause_fact_id, definition_version,"
        " score_before, score_after from marts.lead_stage_changes"
        " where lead_id = 'c1' and changed_at > (select timestamp '2026-01-05' + interval 31 day)"
        " order by changed_at limit 1"
    ) == [
        (
            *(day(STARTS["second"]), "lead", "mql", "score", "definition", "second", "second"),
            *(67, 67),
        )
    ]


def test_drafts_and_future_versions_move_nobody(judged: Defined) -> None:
    assert judged.warehouse.rows(
        "select count(*) from marts.lead_stage_changes where definition_version in"
        " ('draft', 'future')"
    ) == [(0,)]
    assert judged.warehouse.rows(
        "select count(*) from marts.lead_stage_changes where changed_at in "
        f"(timestamp '{day(DRAFT)}', timestamp '{day(STARTS['future'])}')"
    ) == [(0,)]


def test_versions_judged_by_are_used_and_no_others(judged: Defined) -> None:
    assert judged.warehouse.rows(
        "select definition_version from control.used_definitions order by 1"
    ) == [("first",), ("second",), ("third",)]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            *("scoring_rules.csv", "second,whitepaper_downloaded,content,12"),
            "second,whitepaper_downloaded,content,13",
            r"scoring_rules.csv, version second, whitepaper_downloaded \(line \d+\), "
            r"column points: was '12', now '13'",
        ),
        (
            *("definition_versions.csv", "third,2026-03-16T00:00:00Z"),
            "third,2026-03-16T00:00:01Z",
            r"definition_versions.csv, version third.*column effective_from",
        ),
        (
            *("definition_parameters.csv", "first,fit_max,40"),
            "first,fit_max,39",
            r"version first, fit_max \(line \d+\), column value: was '40', now '39'",
        ),
    ],
)
def test_a_used_version_cannot_be_edited(
    defined: Defined, file: str, old: str, new: str, said: str
) -> None:
    defined.edit(file, old, new)
    before = defined.warehouse.snapshot().read_bytes()
    with pytest.raises(UnusableInputError, match=said):
        defined.warehouse.run(AS_OF)
    assert defined.warehouse.snapshot().read_bytes() == before


def test_versions_not_used_may_be_edited_and_new_ones_reach_into_the_past(
    defined: Defined,
) -> None:
    """A run by other drafts and futures, and by a version agreed upon late."""
    days = {**STARTS, "draft": DRAFT, "added": ADDED}
    points = {"first": "8", "second": "12", "third": "20", "future": "2", "draft": "41"}
    later = _versions(days, points, {"second": "50", "draft": "1", "future": "1", "added": "66"})
    defined.workshop.define(later)
    defined.warehouse.run(AS_OF)
    assert_agreement(defined.warehouse, run(history().history, later, AS_OF, REFERENCE), AS_OF)
    assert defined.warehouse.rows(
        "select definition_version from control.used_definitions order by 1"
    ) == [("added",), ("first",), ("second",), ("third",)]
