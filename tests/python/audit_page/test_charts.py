"""The curve has the scores that were, and the names in it can be read."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from audit_page.reading import words
from orchestration.audit_page.charts import Label, lanes, score_chart
from orchestration.audit_page.ledger import Balance, balances
from orchestration.audit_page.person import Row, read_person
from orchestration.audit_page.person_page import person_page
from orchestration.audit_page.texts import read_texts
from orchestration.warehouse import Connection
from orchestration.workspace import Workspace

BEGIN = datetime(2026, 1, 5, 9)


def line(hours: int, points: int, score_after: int) -> Row:
    return {
        "entry_at": BEGIN + timedelta(hours=hours),
        "points_counted": points,
        "score_after": score_after,
    }


def test_lines_of_one_instant_count_together() -> None:
    # a meeting (35) and a reply (15) of one instant, with a cap of 40: the score was never 50
    ledger = [line(0, 8, 8), line(5, 35, 48), line(5, 15, 48), line(5, -10, 48), line(9, -8, 40)]
    assert balances(ledger) == [
        Balance(BEGIN, 8),
        Balance(BEGIN + timedelta(hours=5), 48),
        Balance(BEGIN + timedelta(hours=9), 40),
    ]
    curve = score_chart(balances(ledger), [], read_texts("en")).data[0]
    assert list(curve.y) == [8, 48, 40]


def test_the_curve_reaches_the_last_stage_change() -> None:
    change = {"changed_at": BEGIN + timedelta(days=9), "to_stage": "customer", "score_after": 8}
    curve = score_chart([Balance(BEGIN, 8)], [change], read_texts("en")).data[0]
    assert list(curve.x) == [BEGIN, BEGIN + timedelta(days=9)]
    assert list(curve.y) == [8, 8]


def test_the_curve_of_everybody_is_their_score(
    built: Workspace, snapshot: Connection, marts: duckdb.DuckDBPyConnection
) -> None:
    rows = marts.execute(
        "select lead_id, max(score_after), max(summed), max(instant_lines) from (select *, "
        "sum(points_counted) over (partition by lead_id order by entry_at, points_counted desc "
        "rows unbounded preceding) as summed, count(*) over (partition by lead_id, entry_at) "
        "as instant_lines from marts.lead_score_ledger) group by 1 order by 1"
    ).fetchall()
    texts = read_texts("en")
    told_apart = [row for row in rows if row[2] > row[1] and row[3] > 1]
    assert told_apart, "nobody here whose lines add up to a score that never was"
    for lead_id, best, *_ in rows:
        person = read_person(snapshot, lead_id)
        if person.story.lead is None:
            continue
        curve = score_chart(balances(person.story.ledger), person.story.changes, texts).data[0]
        assert max(curve.y) == best, lead_id
        assert len(set(curve.x)) == len(curve.x), lead_id
    lead_id, best, *_ = told_apart[0]
    page = person_page(read_person(snapshot, lead_id), lead_id, built.warehouse, texts)
    assert f"it was highest on {best_day(marts, lead_id)} with {best}." in words(page)


def best_day(marts: duckdb.DuckDBPyConnection, lead_id: str) -> str:
    (row,) = marts.execute(
        "select strftime(min(entry_at), '%Y-%m-%d') from marts.lead_score_ledger where "
        "lead_id = $1 and score_after = (select max(score_after) from marts.lead_score_ledger "
        "where lead_id = $1)",
        [lead_id],
    ).fetchall()
    return str(row[0])


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_names_of_stages_stand_apart(lang: str) -> None:
    stages = ["lead", "mql", "sql", "prospect", None, "opted_out", "customer"]
    changes = [
        {
            "changed_at": BEGIN + timedelta(minutes=number),
            "to_stage": stage,
            "score_after": 10 * number,
        }
        for number, stage in enumerate(stages)
    ]
    later = {"changed_at": BEGIN + timedelta(days=90), "to_stage": "sql", "score_after": 3}
    figure = score_chart([Balance(BEGIN, 8)], [*changes, later], read_texts(lang))
    assert len(figure.layout.annotations) == len(stages) + 1
    near = {note.yshift for note in figure.layout.annotations[: len(stages)]}
    assert len(near) == len(stages), "names at almost one instant stand one above another"
    assert min(note.yshift for note in figure.layout.annotations) == 0
    assert figure.layout.annotations[-1].yshift == 0, "far away there is room in the lowest line"
    assert figure.layout.annotations[-1].xanchor == "right", "within the drawing"
    assert figure.layout.margin.t > max(near), "none is cut off"


def test_lanes() -> None:
    labels = [Label.at(place, "prospect") for place in (0.1, 0.11, 0.5, 0.12, 0.999)]
    assert lanes(labels) == [0, 1, 0, 2, 0]
    assert lanes(labels, at_most=2) == [0, 1, 0, None, 0]
    assert lanes([]) == []
