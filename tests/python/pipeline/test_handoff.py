# ruff: noqa: E501 (raw files as they arrive)
"""Three weeks of two reps: who is on the Monday list, in which order, and what comes back.

Runs that follow the weeks are beside ones that build everything anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from model.histories import (
    REFERENCE,
    Options,
    default_definitions,
    random_history,
    write_definitions,
    write_raw,
)
from model.lifecycle import run as timelines_of
from model.marketing import with_marketing
from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.handoff.lists import read_handoff
from orchestration.ingest.load import load_folder
from pipeline.agreement import assert_same_feedback, assert_same_lists
from pipeline.sandbox import Sandbox
from pipeline.slicing import differences
from pipeline.test_sla_clocks import written
from pipeline.test_slices import LOGS
from pipeline.workshop import Warehouse, Workshop

SCRIPT = "<script>alert(1)</script>"


def contact(name: str, owner: str, source: str = "website", email: str | None = None) -> str:
    address = email or f"{name}@atelier.example"
    return f"{name},{address},{name.title()},{SCRIPT},Marketing Manager,c1,FR,{source},{owner},2026-02-25T08:00:00Z,2026-02-25T08:00:00Z\n"


ASKED = {
    "anna": "2026-03-03T09:00:00Z",
    "bob": "2026-03-04T09:00:00Z",
    "carl": "2026-03-03T10:00:00Z",
    "dora": "2026-03-04T09:00:00Z",
    "emil": "2026-03-04T10:00:00Z",
    "fay": "2026-03-04T11:00:00Z",
    "gus": "2026-03-04T12:00:00Z",
}
FIRST = {
    "companies.csv": """\
company_id,name,domain,industry,employee_count,country,updated_at
c1,Atelier,atelier.example,software,200,FR,2026-01-05T08:00:00Z
""",
    "reps.csv": """\
rep_id,name,role,team,updated_at
r1,Ada,SDR,Nord & Est,2026-01-05T08:00:00Z
r2,Bea,SDR,,2026-01-05T08:00:00Z
""",
    "contacts.csv": "contact_id,email,first_name,last_name,job_title,company_id,country,lead_source,owner_id,created_at,updated_at\n"
    + "".join(contact(name, "r1") for name in ("anna", "bob", "carl"))
    + "".join(contact(name, "r2") for name in ("dora", "emil", "fay", "ivo"))
    + contact("xdora", "r2", email="DORA@atelier.example")
    + contact("gus", "")
    + contact("jane", "r2", source="agency"),
    "events.csv": "event_id,occurred_at,event_type,contact_id\n"
    + "".join(f"e-{name},{at},demo_request,{name}\n" for name, at in ASKED.items()),
    "sales_activities.csv": """\
activity_id,contact_id,occurred_at,activity_type,direction,outcome,is_automated,verdict,reason,rep_id
a1,bob,2026-03-05T09:00:00Z,call,outbound,no_answer,,,,r1
a2,bob,2026-03-06T09:00:00Z,handoff,,,,recycled,wrong_contact,r1
a3,carl,2026-03-05T09:00:00Z,call,outbound,no_answer,,,,r1
a4,anna,2026-03-05T09:00:00Z,email,outbound,sent,true,,,r1
""",
    "deals.csv": """\
deal_id,contact_id,status,amount,currency,created_at,updated_at
d1,jane,open,100,EUR,2026-03-05T10:00:00Z,2026-03-05T10:00:00Z
d2,ivo,open,100,EUR,2026-02-26T10:00:00Z,2026-02-26T10:00:00Z
""",
    "consents.csv": """\
consent_id,contact_id,occurred_at,kind,channel
k1,xdora,2026-03-06T08:00:00Z,objection,all
k2,emil,2026-03-05T08:00:00Z,opt_out,email
k3,fay,2026-03-05T08:00:00Z,opt_out,email
k4,fay,2026-03-05T08:00:00Z,opt_out,phone
""",
}
SECOND = {
    "sales_activities.csv": """\
activity_id,contact_id,occurred_at,activity_type,direction,outcome,is_automated,verdict,reason,rep_id
a5,anna,2026-03-09T09:00:00Z,call,outbound,no_answer,,,,r1
a6,carl,2026-03-09T10:00:00Z,handoff,,,,recycled,no_budget,r1
""",
}
LIST = (
    "select owner_id, priority_rank, lead_id from marts.weekly_handoff"
    " order by owner_id nulls last, priority_rank"
)
SAID = "select lead_id, verdict, reason_en, touches from marts.handoff_feedback order by lead_id"
SUNDAY, MONDAY = datetime(2026, 3, 8, 22, 59, 59), datetime(2026, 3, 8, 23)
LATER, NEXT_MONDAY = datetime(2026, 3, 9, 12), datetime(2026, 3, 15, 23)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop.opened(tmp_path_factory.mktemp("handoff") / "workshop") as opened:
        opened.define(None)
        yield opened


def test_weeks_follow_each_other(workshop: Workshop, tmp_path: Path) -> None:
    followed, anew = workshop.warehouse("followed"), workshop.warehouse("anew")

    def run(as_of: datetime, files: dict[str, str] | None = None, compare: bool = False) -> None:
        raw = written(tmp_path / f"{as_of:%m%d%H%M}", files) if files else None
        followed.run(as_of, raw)
        if raw is not None:
            load_folder(anew.file, raw, now=datetime.now(UTC))
        if compare:
            anew.run(as_of, full_refresh=True)
            said = differences(followed.file, anew.file, ignored=LOGS)
            assert not said, f"at {as_of}\n" + "\n".join(said)

    # a second before Monday begins in Paris; ivo's deal was opened in the week before
    run(SUNDAY, FIRST)
    assert weeks(followed) == {(date(2026, 3, 2),)}
    assert ranks_of(followed) == {"r1": {"anna", "carl"}, "r2": {"emil", "ivo"}, None: {"gus"}}
    assert followed.rows(SAID) == [("ivo", "untouched", None, 0)]

    run(MONDAY, compare=True)
    assert weeks(followed) == {(date(2026, 3, 9),)}
    assert ranks_of(followed) == {"r1": {"anna", "carl"}, "r2": {"emil", "ivo"}, None: {"gus"}}
    assert followed.rows(SAID) == [
        ("anna", "untouched", None, 0),
        ("bob", "contested", "wrong contact", 1),
        ("carl", "in_progress", None, 1),
        ("dora", "untouched", None, 0),
        ("emil", "untouched", None, 0),
        ("fay", "untouched", None, 0),
        ("gus", "untouched", None, 0),
        ("jane", "untouched", None, 0),
    ]
    assert_nobody_who_may_not_be_reached(followed, tmp_path / "out")

    # what is said this week is next week's feedback
    run(LATER, SECOND)
    assert ranks_of(followed)["r1"] == {"anna"}
    assert {row[0]: row[1] for row in followed.rows(SAID)}["carl"] == "in_progress"
    run(NEXT_MONDAY, compare=True)
    assert weeks(followed) == {(date(2026, 3, 16),)}
    assert followed.rows(SAID) == [("carl", "recycled", "no budget", 1)]


def weeks(warehouse: Warehouse) -> set[tuple[date]]:
    found = warehouse.rows(
        "select week_start from marts.handoff_weeks"
        " union all select week_start from marts.weekly_handoff"
    )
    return {(row[0],) for row in found}


def ranks_of(warehouse: Warehouse) -> dict[str | None, set[str]]:
    """Who is on whose list; the ranks are 1, 2, 3 ..."""
    found: dict[str | None, list[tuple[int, str]]] = {}
    for owner, rank, lead in warehouse.rows(LIST):
        found.setdefault(owner, []).append((rank, lead))
    for ranked in found.values():
        assert [rank for rank, _ in ranked] == list(range(1, len(ranked) + 1))
    return {owner: {lead for _, lead in ranked} for owner, ranked in found.items()}


def assert_nobody_who_may_not_be_reached(warehouse: Warehouse, out: Path) -> None:
    """Objected through another contact, closed both channels, or has no ground: on no list."""
    stages = dict(warehouse.rows("select lead_id, stage from marts.leads"))
    assert (stages["dora"], stages["fay"], stages["jane"]) == ("opted_out", "mql", "prospect")
    arguments = ["handoff", "--warehouse", str(warehouse.file), "--out", str(out), "--lang", "fr"]
    said = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    folder = out / "2026-W11.fr"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("no-team.csv", "no-team.html", "nord-est.csv", "nord-est.html"),
        *("unassigned.csv", "unassigned.html"),
    ]
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    for name in ("dora", "fay", "jane"):
        assert not [text for text in texts if name in text.lower()], name
    assert not [text for text in texts if "emil@" in text]
    pages = [path.read_text(encoding="utf-8") for path in folder.glob("*.html")]
    assert not [text for text in pages if "<script" in text]
    assert [text for text in pages if "Emil &lt;script&gt;" in text and "ne pas écrire" in text]
    other = CliRunner().invoke(main, [*arguments, "--week", "2026-W12"])
    assert (other.exit_code, "leadger run --as-of 2026-03-16" in other.output) == (2, True)


def test_without_leads_the_lists_are_empty(workshop: Workshop, tmp_path: Path) -> None:
    warehouse = workshop.warehouse("empty")
    with pytest.raises(UnusableInputError):
        read_handoff(warehouse.file)
    only_a_contact = "zoe,2026-02-25T08:00:00Z,2026-02-25T08:00:00Z"
    files = {"contacts.csv": f"contact_id,created_at,updated_at\n{only_a_contact}\n"}
    warehouse.run(SUNDAY, written(tmp_path / "raw", files))
    found = read_handoff(warehouse.file)
    assert (found.week.monday, found.teams) == (date(2026, 3, 2), ())
    warehouse.run(MONDAY)
    assert read_handoff(warehouse.file).week.monday == date(2026, 3, 9)


def test_ranks_and_feedback_are_those_of_the_model(tmp_path: Path) -> None:
    """In the middle of a random history, when sales is at work."""
    as_of, seed = datetime(2025, 11, 3, 12), 9
    everything = Options(**dict.fromkeys(Options.__dataclass_fields__, True))
    history = with_marketing(random_history(seed, 2000, everything), seed)
    sandbox = Sandbox.make(tmp_path / "sandbox")
    write_definitions(default_definitions(), sandbox.seeds)
    write_raw(history, sandbox.raw)
    sandbox.load()
    sandbox.build(as_of)
    expected = timelines_of(history, default_definitions(), as_of, REFERENCE)
    assert_same_lists(sandbox, expected, as_of)
    assert_same_feedback(sandbox, expected, as_of)
    verdicts = {
        row[0] for row in sandbox.rows("select distinct verdict from marts.handoff_feedback")
    }
    assert verdicts == {
        *("accepted", "qualified", "recycled", "disqualified", "contested"),
        *("in_progress", "untouched"),
    }
    (kinds,) = sandbox.rows(
        "select count(distinct sla_status), count(distinct has_hand_raise), count(distinct stage),"
        " count(distinct owner_id) from marts.weekly_handoff"
    )
    assert all(found >= least for found, least in zip(kinds, (2, 2, 3, 2), strict=True)), kinds
    ((told, untold),) = sandbox.rows(
        "select count(engagement_history), count(*) filter (engagement_history is distinct from"
        " engagement_history_en) from marts.weekly_handoff"
    )
    assert (told > 0, untold) == (True, 0)
