"""Where each of the six boxes comes from: the fact that says so, and when it happened."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestration.workspace import PROJECT

Row = Mapping[str, Any]
BOXES = ("icp_fit", "need", "budget", "authority", "timing", "engagement")
QUESTIONS = ("need", "budget", "authority", "timing")
INTEREST_DAYS = timedelta(days=30)

# An activity that recycles counts in no epoch, and what it answers neither.
ANSWERS = f"""
select
    activity_id, contact_id, occurred_at, lower(trim(activity_type)) as activity_type,
    {", ".join(f"lower(trim({question})) as {question}" for question in QUESTIONS)}
from (
    select
        *, row_number() over (partition by activity_id order by _loaded_at, _batch, _row) as version
    from raw.sales_activities
    where
        contact_id = any($contacts)
        and occurred_at <= $as_of
        and coalesce(lower(trim(verdict)), '') <> 'recycled'
) as activities
where version = 1
order by occurred_at, activity_id
"""


@dataclass(frozen=True)
class Source:
    """A fact that a box rests on; `kind` is fit, signal or an activity's type."""

    kind: str
    what: str
    """The grade, the signal, or the answer."""
    fact_id: str | None
    contact_id: str | None
    at: datetime


@dataclass(frozen=True)
class Box:
    """A box: ticked, denied or (None) unknown."""

    box: str
    value: bool | None
    sources: tuple[Source, ...]


def read_boxes(lead: Row, ledger: Sequence[Row], answers: Sequence[Row]) -> list[Box]:
    """The six boxes of a row of `marts.leads`, each with what it rests on.

    Args:
        lead: the row.
        ledger: the person's lines of `marts.lead_score_ledger`, in order of time.
        answers: the person's activities as `ANSWERS` gives them, in order of time.
    """
    return [
        Box(box, lead[f"box_{box}"], tuple(_sources(box, lead, ledger, answers))) for box in BOXES
    ]


def _sources(
    box: str, lead: Row, ledger: Sequence[Row], answers: Sequence[Row]
) -> Iterator[Source]:
    value = lead[f"box_{box}"]
    if value is None:
        return
    if box == "icp_fit":
        fits = [line for line in ledger if line["entry_type"] == "fit"]
        yield from (
            Source("fit", f"grade {lead['icp_grade']}", None, None, line["entry_at"])
            for line in fits[-1:]
        )
    elif box == "engagement":
        yield from _engagement(ledger) if value else ()
    else:
        # the latest answer of the epoch is the latest of all: earlier epochs are earlier
        given = [each for each in answers if each[box] == ("confirmed" if value else "denied")]
        yield from (
            Source(
                each["activity_type"],
                each[box],
                each["activity_id"],
                each["contact_id"],
                each["occurred_at"],
            )
            for each in given[-1:]
        )


def _engagement(ledger: Sequence[Row]) -> Iterator[Source]:
    """The latest intent signal that has not expired, else the two latest different signals."""
    credits = [line for line in ledger if line["entry_type"] == "credit"]
    left: dict[tuple[str, str | None], int] = {}
    for line in ledger:
        if line["entry_type"] in ("credit", "debit"):
            fact = (line["signal"], line["source_fact_id"])
            left[fact] = left.get(fact, 0) + line["points"]
    intents = [
        line
        for line in credits
        if _category(line["signal"]) == "intent"
        and left[line["signal"], line["source_fact_id"]] > 0
    ]
    if intents:
        yield _signal(intents[-1])
        return
    latest = {
        line["signal"]: line
        for line in credits
        if _category(line["signal"]) in ("intent", "interest")
    }
    two = sorted(latest.values(), key=lambda line: line["entry_at"])[-2:]
    yield from (
        _signal(line) for line in two if two[-1]["entry_at"] - line["entry_at"] < INTEREST_DAYS
    )


def _signal(line: Row) -> Source:
    return Source("signal", line["signal"], line["source_fact_id"], None, line["entry_at"])


def _category(signal: str) -> str | None:
    return _categories().get(signal)


@functools.cache
def _categories() -> dict[str, str]:
    """Interest or intent, by signal."""
    with (PROJECT / "seeds" / "reference" / "signal_catalogue.csv").open(encoding="utf-8") as file:
        return {row["signal"]: row["category"] for row in csv.DictReader(file)}
