"""The KPI marts and the row-at-a-time model agree on every figure of every segment and month."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from model.histories import (
    AS_OF,
    REFERENCE,
    Options,
    default_definitions,
    random_definitions,
    random_history,
    write_definitions,
    write_raw,
)
from model.kpis import MARTS, Figures, Key, Kpis, Seeds
from model.lifecycle import run
from model.marketing import with_marketing
from pipeline.sandbox import Sandbox

PEOPLE = 900
NEW_SETTINGS = """\
maturity_days,2026-01-10T00:00:00Z,60,a shorter window
contest_days,2026-01-10T00:00:00Z,21,a shorter window
acceptance_expires_days,2026-02-01T12:00:00Z,14,a shorter window
re_mql_days,2025-12-01T00:00:00Z,45,a shorter window
small_sample_below,2026-05-01T00:00:00Z,5,fewer will do
"""
NEW_RATE = "CHF,2026-02-01,1.1,it rose\n"


@dataclass(frozen=True)
class World:
    """A warehouse, and what the model says of it."""

    sandbox: Sandbox
    kpis: Kpis


def seeds_of(sandbox: Sandbox) -> Seeds:
    """The reference seeds of a sandbox."""

    def rows(name: str) -> list[dict[str, str]]:
        with (sandbox.seeds / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    names = ("kpi_settings", "kpi_bands", "exchange_rates", "reasons", "lead_sources")
    return Seeds(*(rows(name) for name in names))


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture(scope="module", params=["default", "random"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    is_default = request.param == "default"
    seed = 21 if is_default else 22
    definitions = default_definitions() if is_default else random_definitions(seed)
    everything = dict.fromkeys(Options.__dataclass_fields__, not is_default)
    options = Options() if is_default else Options(**everything)
    history = with_marketing(random_history(seed, PEOPLE, options), seed)
    sandbox = Sandbox.make(tmp_path_factory.mktemp("kpis") / "sandbox")
    write_definitions(definitions, sandbox.seeds)
    append(sandbox.seeds / "reference" / "kpi_settings.csv", NEW_SETTINGS)
    append(sandbox.seeds / "reference" / "exchange_rates.csv", NEW_RATE)
    write_raw(history, sandbox.raw)
    sandbox.load()
    sandbox.build(AS_OF)
    timelines = run(history, definitions, AS_OF, REFERENCE)
    return World(sandbox, Kpis(history, timelines, seeds_of(sandbox), AS_OF))


@pytest.mark.parametrize("mart", list(MARTS))
def test_every_figure(world: World, mart: str) -> None:
    keys, figures_of = MARTS[mart]
    wanted = figures_of(world.kpis)
    found = figures_in(world.sandbox, mart, keys)
    assert sorted(found, key=str) == sorted(wanted, key=str)
    wrong = [
        (key, name, found[key].get(name, "no such column"), value)
        for key, figures in wanted.items()
        for name, value in figures.items()
        if not _is_same(found[key].get(name, "no such column"), value)
    ]
    names = Counter(name for _, name, _, _ in wrong)
    assert not wrong, (names, wrong[:5])
    columns = set(next(iter(found.values())))
    unsaid = columns - set(next(iter(wanted.values())))
    assert {name for name in unsaid if not is_left_out(name)} == set()


def is_left_out(column: str) -> bool:
    """Benchmarks come from a seed."""
    return column.endswith("_benchmark")


def figures_in(sandbox: Sandbox, mart: str, keys: list[str]) -> dict[Key, Figures]:
    """The rows of a mart by their key."""
    names = [
        name
        for (name,) in sandbox.rows(
            "select column_name from duckdb_columns() where schema_name = 'marts' "
            f"and table_name = '{mart}' order by column_index"
        )
    ]
    found = {}
    for row in sandbox.rows(f"select * from marts.{mart}"):
        values = dict(zip(names, row, strict=True))
        found[tuple(values.pop(key) for key in keys)] = values
    return found


def _is_same(found: object, wanted: object) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        return found == pytest.approx(wanted, rel=1e-4, abs=1.1e-4)
    return found == wanted


def test_without_data_there_are_no_figures(tmp_path: Path) -> None:
    sandbox = Sandbox.make(tmp_path / "sandbox")
    (sandbox.raw / "contacts.csv").write_text("contact_id,created_at,updated_at\n")
    sandbox.load()
    sandbox.build(AS_OF)
    for mart in (*MARTS, "funnel_entries", "lead_segments", "deal_outcomes", "campaign_spend"):
        assert sandbox.rows(f"select count(*) from marts.{mart}") == [(0,)]
