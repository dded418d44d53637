"""`mf query` and the marts give the same figures."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from orchestration.demo.generate import make_demo
from pipeline.sandbox import Sandbox

AS_OF = datetime(2026, 6, 1)
PEOPLE = 700
STEPS = ("lead_to_mql", "mql_to_sql", "sql_to_prospect", "prospect_to_customer")
COUNTS = {name: name for name in ("leads", "mqls", "sqls", "prospects", "customers")}
COUNTS |= {name: name for name in ("first_mqls", "first_sqls")}
OF_ENTRIES = {
    **COUNTS,
    **{f"{step}_cohort": f"{step}_cohort_rate" for step in STEPS},
    **{f"{step}_period": f"{step}_period_rate" for step in STEPS},
    "sql_to_customer_cohort": "sql_to_customer_cohort_rate",
    "acceptance_rate": "acceptance_rate",
    "recycle_rate": "recycle_rate",
    "contested_rate": "contested_rate",
    "re_mql_rate": "re_mql_rate",
    "speed_to_lead_median_minutes": "speed_to_lead_median_minutes",
    "speed_to_lead_p90_minutes": "speed_to_lead_p90_minutes",
}
"""Metrics about people, and their columns in `kpis_monthly`."""
OF_CLOCKS = {
    "sla_met_rate": "sla_met_rate",
    "leakage_rate": "leakage_rate",
    "response_median_business_minutes": "response_median_business_minutes",
    "response_p90_business_minutes": "response_p90_business_minutes",
}
OF_MONEY = {
    "cycle_median_days": "cycle_median_days",
    "cycle_p90_days": "cycle_p90_days",
    "win_rate": "win_rate",
    "win_value_rate": "win_value_rate",
    "average_won_amount": "average_won_amount",
    "cost_per_lead": "cost_per_lead",
    "cost_per_mql": "cost_per_mql",
    "cost_per_sql": "cost_per_sql",
}
OF_PIPELINE = {"open_prospects": "open_prospects", "pipeline_velocity": "pipeline_velocity"}
"""What is true of the end of a month: MetricFlow would go on to the end of its calendar."""
ROUNDED = ("minutes", "days", "velocity")
"""The marts round these, or what they are made of, to four decimals."""
Figures = dict[tuple[date, str], dict[str, float | None]]


@dataclass(frozen=True)
class Shop:
    """A built project in which `mf` can be asked."""

    sandbox: Sandbox

    def mf(self, *arguments: str) -> str:
        """Ask MetricFlow as a person would, in a process of its own; gives what it said."""
        return self._python("-m", "dbt_metricflow.cli.main", *arguments)

    def parse(self) -> None:
        """Let dbt write the semantic manifest, which MetricFlow reads."""
        self._python("-m", "dbt.cli.main", "--quiet", "parse")

    def _python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.sandbox.project,
            env={
                **os.environ,
                "LEADGER_WAREHOUSE": str(self.sandbox.warehouse),
                "DO_NOT_TRACK": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(
        self, metrics: list[str], file: Path, *group_by: str, until: date | None = None
    ) -> Figures:
        """The metrics by month, and by one more dimension; of the thirteen months to a day."""
        wanted = ",".join(["metric_time__month", *group_by])
        self.mf(
            *("query", "--metrics", ",".join(metrics), "--group-by", wanted, "--csv", str(file)),
            *("--quiet",),
            *(("--start-time", f"{until.year - 1}-{until:%m}-01") if until else ()),
            *(("--end-time", f"{until}") if until else ()),
        )
        found: Figures = {}
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                at = row.pop("metric_time__month")
                if not at:  # what has not happened yet, such as deals that are open
                    continue
                month = datetime.fromisoformat(at).date()
                segment = row.pop(group_by[0]) if group_by else "all"
                if not segment:  # what marketing owes is owed to nobody; entries without a campaign
                    continue
                found[month, segment] = {
                    name: float(value) if value else None for name, value in row.items()
                }
        return found

    def marts(self, columns: dict[str, str], segment_type: str) -> Figures:
        """The same from `kpis_monthly`."""
        named = ", ".join(columns.values())
        return {
            (month, segment): dict(zip(columns, values, strict=True))
            for month, segment, *values in self.sandbox.rows(
                f"select month, segment, {named} from marts.kpis_monthly"
                f" where segment_type = '{segment_type}'"
            )
        }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Sandbox.make(tmp_path_factory.mktemp("metricflow") / "sandbox")
    make_demo(made.raw, people=PEOPLE, seed=11, until=AS_OF.date())
    made.load(now=AS_OF)
    made.build(AS_OF, "--exclude-resource-type", "test")
    shop = Shop(made)
    shop.parse()
    yield shop


def assert_same(found: Figures, wanted: Figures) -> None:
    """Wherever either says something, both say the same; no row is as good as nothing in it."""
    wrong = []
    for key in sorted({*found, *wanted}):
        for name, value in wanted.get(key, {}).items():
            said = found.get(key, {}).get(name)
            loose = name.endswith(ROUNDED)
            near = pytest.approx(value or 0, rel=1e-4 if loose else 1e-9, abs=1e-3 * loose)
            if (said or 0) != near:
                wrong.append((key, name, said, value))
            if said is not None and value is None:
                wrong.append((key, name, said, value))
    assert not wrong, wrong[:5]
    said = sum(value is not None for figures in found.values() for value in figures.values())
    assert said > len(found)
    assert found.keys() <= wanted.keys()


def test_headline_figures_of_everybody(shop: Shop, tmp_path: Path) -> None:
    columns = {**OF_ENTRIES, **OF_CLOCKS, **OF_MONEY}
    found = shop.ask(list(columns), tmp_path / "all.csv")
    assert_same(found, shop.marts(columns, "all"))


@pytest.mark.parametrize("segment_type", ["lead_source", "company_size_band"])
def test_figures_of_each_segment(shop: Shop, tmp_path: Path, segment_type: str) -> None:
    columns = {**OF_ENTRIES, **OF_CLOCKS}
    found = shop.ask(list(columns), tmp_path / "some.csv", f"lead__{segment_type}")
    assert_same(found, shop.marts(columns, segment_type))


def test_the_pipeline_when_a_month_ended(shop: Shop, tmp_path: Path) -> None:
    found = shop.ask(list(OF_PIPELINE), tmp_path / "some.csv", until=date(2026, 5, 31))
    wanted = shop.marts(OF_PIPELINE, "all")
    assert len(found) == 13
    assert_same(found, {key: wanted[key] for key in found})
    assert any(figures["pipeline_velocity"] for figures in found.values())


def test_a_campaign_is_judged_alike(shop: Shop, tmp_path: Path) -> None:
    names = ("mqls", "sqls", "acceptance_rate", "recycle_rate", "contested_rate")
    columns = {name: name for name in names}
    found = shop.ask(list(columns), tmp_path / "some.csv", "entry__campaign_id")
    wanted = {
        (month, campaign): dict(zip(columns, values, strict=True))
        for month, campaign, *values in shop.sandbox.rows(
            f"select month, asset_id, {', '.join(columns)} from marts.content_performance"
            " where segment_type = 'all' and asset_type = 'campaign'"
        )
    }
    assert_same(found, wanted)


def test_every_metric_can_be_asked(shop: Shop) -> None:
    listed = shop.mf("list", "metrics")
    assert "mql_to_sql_cohort" in listed
    assert "cost_per_sql" in listed
