# ruff: noqa: E501 (raw files as they arrive)
"""Clocks told by hand: one hand-raise over a weekend in which clocks are put forward, as time goes by.

Each run is beside one that builds everything anew: an obligation nobody touches moves on by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.load import load_folder
from pipeline.slicing import differences
from pipeline.test_slices import LOGS
from pipeline.workshop import Warehouse, Workshop

FIRST = {
    "companies.csv": """\
company_id,name,domain,industry,employee_count,country,updated_at
small,Petit,petit.example,software,12,FR,2026-03-01T08:00:00Z
""",
    "contacts.csv": """\
contact_id,email,job_title,company_id,country,lead_source,owner_id,created_at,updated_at
zoe,zoe@petit.example,Marketing Manager,small,FR,website,r1,2026-03-02T08:00:00Z,2026-03-02T08:00:00Z
zoe,zoe@petit.example,Marketing Manager,small,FR,website,r2,2026-03-02T08:00:00Z,2026-03-28T08:00:00Z
""",
    "events.csv": """\
event_id,occurred_at,event_type,contact_id
friday,2026-03-27T16:30:00Z,demo_request,zoe
""",
}
LATE = {
    "reps.csv": """\
rep_id,name,role,manager_id,updated_at
r1,Ada,SDR,m1,2026-03-20T08:00:00Z
r1,Ada,SDR,m2,2026-03-28T08:00:00Z
""",
}
TOUCHES = {
    "sales_activities.csv": """\
activity_id,contact_id,occurred_at,activity_type,direction,outcome,is_automated
robot,zoe,2026-03-30T07:05:00Z,email,outbound,sent,true
robocall,zoe,2026-03-30T07:06:00Z,call,outbound,answered,true
human,zoe,2026-03-30T07:40:00Z,call,outbound,no_answer,
""",
}
HAND_RAISE = (
    "select status, owner_id, manager_id, attempts, due_at, at_risk_at, stopped_at,"
    " business_minutes_used, business_minutes_late, elapsed_minutes"
    " from marts.sla_clocks where obligation = 'hand_raise_response'"
)
DUE, RISKY = datetime(2026, 3, 30, 7, 30), datetime(2026, 3, 30, 7, 18)
CALLED = datetime(2026, 3, 30, 7, 40)
RUNNING = ("r1", None, 0, DUE, RISKY, None, None, None, None)


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop.opened(tmp_path_factory.mktemp("clocks") / "workshop") as opened:
        opened.define(None)
        yield opened


def row(warehouse: Warehouse, query: str) -> tuple[Any, ...]:
    (found,) = warehouse.rows(query)
    return found


def test_time_alone_moves_clocks(workshop: Workshop, tmp_path: Path) -> None:
    followed, anew = workshop.warehouse("followed"), workshop.warehouse("anew")

    def run(as_of: datetime, files: dict[str, str] | None = None, compare: bool = True) -> None:
        raw = written(tmp_path / f"{as_of:%m%d%H%M}", files) if files else None
        followed.run(as_of, raw)
        if raw is not None:
            load_folder(anew.file, raw, now=datetime.now(UTC))
        if not compare:
            return
        anew.run(as_of, full_refresh=True)
        said = differences(followed.file, anew.file, ignored=LOGS)
        assert not said, f"at {as_of}\n" + "\n".join(said)

    # half an hour until Friday 18:00 in Paris, half an hour from Monday 09:00 on
    run(datetime(2026, 3, 27, 16, 45), FIRST, compare=False)
    assert row(followed, HAND_RAISE) == ("open", *RUNNING)
    assert row(followed, "select sla_due_at from marts.crm_lead_status") == (DUE,)
    run(RISKY)
    assert row(followed, HAND_RAISE) == ("at_risk", *RUNNING)
    run(DUE, compare=False)
    assert row(followed, HAND_RAISE) == ("breached", *RUNNING)

    # who was owner and manager on Friday, told on Monday; nothing else is new about the person
    run(datetime(2026, 3, 30, 7, 35), LATE)
    assert row(followed, HAND_RAISE) == ("breached", "r1", "m1", *RUNNING[2:])

    # machines stop nothing; a human does, ten minutes late
    run(datetime(2026, 3, 30, 7, 45), TOUCHES)
    stopped = (1, DUE, RISKY, CALLED, 70.0, 10.0, 63 * 60 + 10.0)
    assert row(followed, HAND_RAISE) == ("breached", "r1", "m1", *stopped)
    others = dict(
        followed.rows(
            "select obligation, (status, segment, business_minutes_allowed)::varchar"
            " from marts.sla_clocks where lead_id is not null"
            " and obligation <> 'hand_raise_response'"
        )
    )
    assert others == {
        "mql_first_contact": "(met, 0-19, 1080.0)",
        "mql_attempts": "(open, *, 5400.0)",
    }
    assert row(followed, "select sla_due_at from marts.crm_lead_status") == (
        datetime(2026, 4, 13, 15, 30),
    )


def test_a_month_that_begins_is_owed_its_leads(workshop: Workshop, tmp_path: Path) -> None:
    warehouse = workshop.warehouse("months")
    warehouse.run(datetime(2026, 3, 31, 23), written(tmp_path / "raw", FIRST | TOUCHES))
    months = (
        "select started_at, status from marts.sla_clocks"
        " where obligation = 'marketing_volume' order by started_at"
    )
    march, april = datetime(2026, 3, 1), datetime(2026, 4, 1)
    assert warehouse.rows(months) == [(march, "at_risk")]
    # nobody is recomputed at midnight: nothing is due about the person then
    assert warehouse.rows("select * from control.lead_upkeep where due_at <= '2026-04-01'") == []
    warehouse.run(april)
    assert warehouse.rows(months) == [(march, "breached"), (april, "open")]
