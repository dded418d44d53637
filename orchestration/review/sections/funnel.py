"""The funnel of the month, and how soon its MQLs and those of the months before become SQLs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestration.review.blocks import Bar, Bars, Cell, Curve, Curves, Figure, Section, Table
from orchestration.review.marts import Episode, Kpis
from orchestration.review.months import Month
from orchestration.review.rates import Rate
from orchestration.review.speaker import Speaker

STAGES = ("lead", "mql", "sql", "prospect", "customer")
WINDOWS = (30, 60, 90)
"""The spans, in days, in which the mart looks at a cohort."""
SCALES = (0.1, 0.2, 0.5, 1.0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Observed:
    """How far a cohort went, as long as all of it has been observed."""

    size: int
    days: int
    """Whole days for which every episode has been observed, the window at the most."""
    reached_after: Sequence[float]
    """Days after which an episode reached SQL, in order; only those within `days`."""

    @property
    def share(self) -> float:
        """Who had reached SQL when observation ends."""
        return len(self.reached_after) / self.size


def observed(episodes: Sequence[Episode], as_of: datetime, window: int) -> Observed:
    """How soon the episodes of a cohort, which must not be empty, reached SQL."""
    days = min(window, *((as_of - episode.entered_at) // DAY for episode in episodes))
    waits = (
        (episode.reached_sql_at - episode.entered_at) / DAY
        for episode in episodes
        if episode.reached_sql_at is not None
    )
    return Observed(len(episodes), days, sorted(wait for wait in waits if wait < days))


def steps(cohort: Observed, window: int, top: float) -> list[tuple[float, float]]:
    """The curve of a cohort as points of a field of 100 by 100, y downwards."""
    points = [(0.0, 100.0)]
    for place, wait in enumerate(cohort.reached_after, start=1):
        x = 100 * wait / window
        points += [(x, points[-1][1]), (x, 100 - 100 * place / cohort.size / top)]
    return [*points, (100 * cohort.days / window, points[-1][1])]


def scale(shares: Sequence[float]) -> float:
    """Where an axis of shares ends: at the first round share above all of them."""
    return next(top for top in SCALES if top >= max(shares, default=0))


def funnel(say: Speaker) -> Section:
    """How many entered each stage in the month."""
    kpis = say.review.overall.get(say.review.month)
    counts = {stage: kpis.count(f"{stage}s") if kpis is not None else 0 for stage in STAGES}
    if kpis is None or not any(counts.values()):
        figure = Figure(
            say("funnel_title"), say("funnel_unit"), None, None, nothing=say("funnel_empty")
        )
    else:
        widest = max(counts.values())
        figure = Figure(
            say("funnel_title"),
            say("funnel_unit"),
            Bars(
                [
                    Bar(say.stage(stage), 100 * count / widest, say.number(count))
                    for stage, count in counts.items()
                ]
            ),
            Table(
                say("funnel_title"),
                [
                    *(say("stage"), say("entries"), say("from_before"), say("median_since")),
                    say("on_to_next"),
                ],
                [_row(say, kpis, place, counts[stage]) for place, stage in enumerate(STAGES)],
            ),
        )
    return Section("funnel", say("funnel"), figures=[figure])


def _row(say: Speaker, kpis: Kpis, place: int, count: int) -> list[Cell]:
    stage, nothing = STAGES[place], Cell("")
    step = next(
        (
            row
            for row in say.review.periods
            if place and (row["from_stage"], row["to_stage"]) == (STAGES[place - 1], stage)
        ),
        None,
    )
    from_before = days = on_to_next = nothing
    if step is not None:
        from_before = say.rate(
            Rate(
                step["conversion_numerator"],
                step["conversion_denominator"],
                step["is_conversion_small"],
            )
        )
        days = say.figure(
            step["median_days"],
            1,
            detail=say.case_count(step["arrived"]) if step["arrived"] else "",
        )
    if place + 1 < len(STAGES):
        on_to_next = say.rate(kpis.rate(f"{stage}_to_{STAGES[place + 1]}_cohort"))
    return [Cell(say.stage(stage), stage), say.count(count), from_before, days, on_to_next]


def cohorts(say: Speaker) -> Section:
    """How soon MQLs become SQLs, a curve per month of entry."""
    review = say.review
    by_month = {
        month: [each for each in review.episodes if month == month_of(each.entered_at)]
        for month in review.months
    }
    if not review.episodes:
        figure = Figure(
            say("cohorts_title"),
            say("cohorts_unit"),
            None,
            None,
            nothing=say(
                "cohorts_empty",
                first=say.month(review.months[0]),
                last=say.month(review.months[-1]),
            ),
        )
        return Section("cohorts", say("cohorts"), figures=[figure])
    window = review.basis.maturity_days
    known = {
        month: observed(episodes, review.basis.as_of, window) if episodes else None
        for month, episodes in by_month.items()
    }
    top = scale([cohort.share for cohort in known.values() if cohort is not None])
    figure = Figure(
        say("cohorts_title"),
        say("cohorts_unit"),
        Curves([_panel(say, month, cohort, window, top) for month, cohort in known.items()]),
        Table(
            say("cohorts_title"),
            [
                *(say("cohort_month"), say("episodes")),
                *(say("within", days=days) for days in WINDOWS),
                say("ever"),
            ],
            [
                _cohort_row(say, month, review.cohorts[month])
                for month in review.months
                if month in review.cohorts
            ],
        ),
    )
    return Section("cohorts", say("cohorts"), figures=[figure])


def month_of(instant: datetime) -> Month:
    """The calendar month of an instant (naive UTC)."""
    return Month(instant.date().replace(day=1))


def _panel(say: Speaker, month: Month, cohort: Observed | None, window: int, top: float) -> Curve:
    ends = [say.number(math.floor(day)) for day in (0, window / 2, window)]
    y_labels = tuple(say.percent(share) for share in (0, top / 2, top))
    labels = {
        "x_labels": (ends[0], ends[1], f"{ends[2]} {say('axis_days')}"),
        "y_labels": (y_labels[0], y_labels[1], y_labels[2]),
    }
    if cohort is None:
        return Curve(say.month(month), say("no_episodes"), (), (), 0.0, **labels)
    rate = say.review.basis.rate(len(cohort.reached_after), cohort.size)
    marks = (say("small"),) if rate.is_small else ()
    detail = f"{say.share(rate)} ({say.cases(rate)})"
    if cohort.days < window:
        key = "observed" if cohort.days > 0 else "observed_not"
        told = say(key, days=say.number(cohort.days), window=say.number(window))
        detail = f"{detail}; {told}" if cohort.days > 0 else told
        marks = (say("incomplete"), *marks)
    return Curve(
        say.month(month),
        detail,
        marks,
        steps(cohort, window, top) if cohort.days > 0 else (),
        100 * max(cohort.days, 0) / window,
        **labels,
    )


def _cohort_row(say: Speaker, month: Month, row: Mapping[str, Any]) -> list[Cell]:
    within = [
        Rate(
            row[f"reached_within_{days}_numerator"],
            row[f"reached_within_{days}_denominator"],
            row[f"is_reached_within_{days}_small"],
            row[f"immature_{days}"],
        )
        for days in WINDOWS
    ]
    ever = Rate(
        row["reached_ever_numerator"],
        row["reached_ever_denominator"],
        row["is_reached_ever_small"],
    )
    return [
        Cell(say.month(month), month.label),
        say.count(row["entered"]),
        *map(say.rate, within),
        say.rate(ever),
    ]
