"""A few people whose figures can be counted on fingers: what has not had its time is in no rate.

March 2026 in Paris is one hour ahead of UTC, and open from 08:00 to 17:00 UTC. The first contact of
an MQL is due after a business day (540 minutes), an answer to an SQL expires after 30 days.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox import Sandbox

AS_OF = datetime(2026, 3, 12, 12)
NOVEMBER, FEBRUARY, MARCH = date(2025, 11, 1), date(2026, 2, 1), date(2026, 3, 1)
LEADS = {
    # becomes an MQL at, in UTC
    "late": "2026-03-02T09:00",
    "never": "2026-03-02T09:00",
    "soon": "2026-03-02T09:00",
    "due today": "2026-03-11T09:00",
    "soon this week": "2026-03-11T09:00",
    "today": "2026-03-12T09:00",
    "sent back in February": "2026-02-16T09:00",
    "sent back in November": "2025-11-03T09:00",
    "out of target": "2025-11-03T09:00",
}
AGAIN = ("sent back in November", "2025-11-20T09:00")
TOUCHES = {
    "late": "2026-03-04T10:00",  # twice the time had passed at 09:00
    "soon": "2026-03-02T09:30",
    "soon this week": "2026-03-11T09:30",
}
VERDICTS = {
    "sent back in February": ("2026-02-18T10:00", "recycled", "no_budget"),
    "sent back in November": ("2025-11-10T10:00", "recycled", "no_budget"),
    "out of target": ("2025-11-10T10:00", "disqualified", "out_of_target"),
    "accepted": ("2026-02-03T10:00", "accepted", ""),
    "accepted soon": ("2026-02-21T10:00", "accepted", ""),
}
SQLS = {
    "accepted": "2026-02-02T10:00",
    "expired": "2026-02-02T10:00",
    "accepted soon": "2026-02-20T10:00",
    "not yet": "2026-02-20T10:00",
    "won": "2025-11-05T10:00",
    "not won": "2025-11-05T10:00",
}


def raw_files() -> dict[str, list[str]]:
    """The raw tables as lines of CSV."""
    people = {**LEADS, **SQLS}
    contacts = [f"{who},website,{at},{at}" for who, at in people.items()]
    asked = [*LEADS.items(), AGAIN]
    events = [
        f"e{number},{at},quote_request,{who},spring" for number, (who, at) in enumerate(asked)
    ]
    activities = [
        f"t {who},{who},{at},call,outbound,no_answer,,,,,," for who, at in TOUCHES.items()
    ]
    activities += [
        f"q {who},{who},{at},qualification,,,confirmed,confirmed,,confirmed,,"
        for who, at in SQLS.items()
    ]
    activities += [
        f"v {who},{who},{at},handoff,,,,,,,{verdict},{reason}"
        for who, (at, verdict, reason) in VERDICTS.items()
    ]
    return {
        "contacts": ["contact_id,lead_source,created_at,updated_at", *contacts],
        "events": ["event_id,occurred_at,event_type,contact_id,campaign_id", *events],
        "sales_activities": [
            "activity_id,contact_id,occurred_at,activity_type,direction,outcome,"
            "need,authority,budget,timing,verdict,reason",
            *activities,
        ],
        "deals": [
            "deal_id,contact_id,status,amount,currency,created_at,updated_at",
            "d,won,open,900,EUR,2025-11-06T10:00,2025-11-06T10:00",
            "d,won,won,900,EUR,2025-11-06T10:00,2025-12-01T10:00",
        ],
        "campaign_costs": [
            "campaign_id,lead_source,cost_date,amount,currency",
            "spring,website,2025-11-04,100,EUR",
            "spring,website,2026-02-04,70,JPY",
        ],
    }


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    made = Sandbox.make(tmp_path_factory.mktemp("young") / "sandbox")
    write(made.raw, raw_files())
    made.load()
    made.build(AS_OF)
    return made


def write(folder: Path, files: dict[str, list[str]]) -> None:
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def kpis(sandbox: Sandbox, month: date, *columns: str) -> tuple[Any, ...]:
    """Everybody's figures of a month."""
    (row,) = sandbox.rows(
        f"select {', '.join(columns)} from marts.kpis_monthly"
        f" where segment_type = 'all' and month = date '{month}'"
    )
    return row


def rate(name: str) -> tuple[str, ...]:
    return (f"{name}_numerator", f"{name}_denominator", f"{name}_immature")


def content(sandbox: Sandbox, month: date, *columns: str) -> tuple[Any, ...]:
    """The campaign's figures of a month."""
    (row,) = sandbox.rows(
        f"select {', '.join(columns)} from marts.content_performance"
        f" where segment_type = 'all' and asset_id = 'spring' and month = date '{month}'"
    )
    return row


def test_a_leak_is_known_at_twice_the_time(sandbox: Sandbox) -> None:
    # of those of 2 March two leaked and one was tried; those of 11 and 12 March have until the 13th
    assert kpis(sandbox, MARCH, *rate("leakage")) == (2, 3, 3)
    known = dict(
        sandbox.rows(
            "select lead_id, is_leaked from marts.sla_clocks"
            f" where obligation = 'mql_first_contact' and started_at >= date '{MARCH}'"
        )
    )
    pending = dict.fromkeys(("due today", "soon this week", "today"))
    assert known == {"late": True, "never": True, "soon": False, **pending}


def test_clocks_that_run_stand_beside_the_attainment(sandbox: Sandbox) -> None:
    # answers: 2 of 6 in time, 4 late; first contacts: 2 met, 3 breached, 1 runs; attempts: 6 run
    assert kpis(sandbox, MARCH, *rate("sla_met")) == (4, 11, 7)


def test_an_early_answer_is_in_no_rate(sandbox: Sandbox) -> None:
    # handed over on the 2nd: one accepted, one expired; on the 20th: one accepted, one to come
    assert kpis(sandbox, FEBRUARY, *rate("acceptance")) == (1, 2, 2)
    # of the two in November sales opened a deal with one, and said nothing to the other
    assert kpis(sandbox, NOVEMBER, *rate("acceptance")) == (1, 2, 0)


def test_an_sql_is_won_within_its_window(sandbox: Sandbox) -> None:
    assert kpis(sandbox, NOVEMBER, *rate("sql_to_customer_cohort")) == (1, 2, 0)
    assert kpis(sandbox, FEBRUARY, *rate("sql_to_customer_cohort")) == (0, 0, 4)


def test_a_campaign_is_judged_by_the_windows_of_the_kpis(sandbox: Sandbox) -> None:
    columns = ("mqls", "recycled", "recycle_rate", *rate("recycle"), *rate("contested"))
    assert content(sandbox, MARCH, *columns) == (6, 0, None, 0, 0, 6, 0, 0, 6)
    assert content(sandbox, FEBRUARY, *columns) == (1, 1, None, 0, 0, 1, 0, 0, 1)
    # two episodes of one person and one of another; out of target contests the lead
    assert content(sandbox, NOVEMBER, *columns)[:2] == (3, 1)
    assert content(sandbox, NOVEMBER, *columns)[3:] == (1, 3, 0, 1, 3, 0)
    for month in (MARCH, FEBRUARY, NOVEMBER):
        names = [*rate("recycle"), *rate("contested")]
        assert content(sandbox, month, *names) == kpis(sandbox, month, *names)


def test_a_cost_per_mql_is_per_first_mql(sandbox: Sandbox) -> None:
    columns = ("cost_per_mql", "cost_per_mql_denominator")
    assert content(sandbox, NOVEMBER, *columns) == kpis(sandbox, NOVEMBER, *columns) == (50.0, 2)


def test_costs_without_a_rate_are_unknown_not_nothing(sandbox: Sandbox) -> None:
    columns = ("cost_per_mql_numerator", "cost_per_mql", "cost_per_lead", "costs_without_rate")
    assert kpis(sandbox, FEBRUARY, *columns) == (None, None, None, 1)
    assert content(sandbox, FEBRUARY, "cost", "costs_without_rate") == (None, 1)
    assert kpis(sandbox, MARCH, *columns) == (0.0, 0.0, 0.0, 0)


def test_whoever_was_tried_in_time_is_looked_at_again_at_twice_the_time(sandbox: Sandbox) -> None:
    ((due_at,),) = sandbox.rows(
        "select due_at from intermediate.int_kpi_dues"
        " where lead_id = 'soon this week' and due_at < date '2026-03-20'"
    )
    assert due_at == datetime(2026, 3, 13, 9)
