"""What sales made of it: leads sent back and contested, wins, cycle and velocity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from orchestration.review.blocks import Bar, Bars, Cell, Figure, Section, Table
from orchestration.review.marts import Kpis
from orchestration.review.months import Month
from orchestration.review.rates import Rate
from orchestration.review.speaker import Speaker
from orchestration.review.words import NOT_KNOWN

SEGMENTS = (
    *("all", "lever", "lead_source", "industry", "company_size_band", "country"),
    *("deal_size_band", "cycle_length_band", "source_agency", "business_type"),
)
PLOTTED = ("lever", "company_size_band", "business_type")


def recycling(say: Speaker) -> Section:
    """Why sales sent MQLs back in the month."""
    review = say.review
    sent = review.months_returns
    title, unit = say("recycling_title"), say("recycling_unit")
    facts = list(_came_back(say))
    if not sent:
        figure = Figure(title, unit, None, None, nothing=say("recycling_empty"))
        return Section("recycling", say("recycling"), figures=[figure], facts=facts)
    counts = Counter(each.return_reason for each in sent)
    ordered = sorted(counts.items(), key=lambda item: (item[0] is None, -item[1], item[0] or ""))
    contesting = review.reference.contesting
    widest = max(counts.values())
    figure = Figure(
        title,
        unit,
        Bars(
            [
                Bar(
                    say.reason(reason) + (" *" if reason in contesting else ""),
                    100 * count / widest,
                    say.number(count),
                    is_pale=reason is None,
                )
                for reason, count in ordered
            ]
        ),
        Table(
            title,
            [say("reason"), say("sent_back"), say("share"), say("contests")],
            [
                [
                    Cell(say.reason(reason), reason or ""),
                    say.count(count),
                    say.rate(review.basis.rate(count, len(sent))),
                    Cell(say("yes" if reason in contesting else "no")),
                ]
                for reason, count in ordered
            ],
        ),
    )
    return Section("recycling", say("recycling"), figures=[figure], facts=facts)


def _came_back(say: Speaker) -> Iterator[str]:
    """How many of those sent back became MQLs again, in the last month that can say it."""
    rows = [kpis for month, kpis in say.review.overall.items() if month <= say.review.month]
    month = last_complete(rows, "re_mql")
    if month is not None:
        rate = say.review.overall[month].rate("re_mql")
        cases = ", ".join([say.cases(rate), *say.marks(rate)])
        yield say("came_back", back_in=say.month(month), rate=f"{say.share(rate)} ({cases})")


def velocities(say: Speaker) -> Section:
    """Pipeline velocity, a plot for each of some ways to tell segments apart, a table for all."""
    rows = [kpis for kpis in say.review.of_month(*SEGMENTS) if _has_sales(kpis)]
    if not rows:
        figure = Figure(
            say("velocities"), say("velocities_unit"), None, None, nothing=say("velocities_empty")
        )
        return Section("velocities", say("velocities"), figures=[figure])
    found = [_velocity(say, segment_type, rows) for segment_type in PLOTTED]
    plotted = [figure for figure in found if figure is not None]
    if not plotted:
        plotted = [Figure(say("velocities"), "", None, None, nothing=say("velocities_empty"))]
    table = _sales_table(say, say("velocities_table"), rows)
    return Section(
        "velocities",
        say("velocities"),
        intro=say("velocities_unit"),
        figures=plotted,
        details=[table],
    )


def _velocity(say: Speaker, segment_type: str, rows: Sequence[Kpis]) -> Figure | None:
    of_type = [kpis for kpis in rows if kpis.segment_type == segment_type]
    known = [(kpis, kpis.amount("pipeline_velocity")) for kpis in of_type]
    widest = max((value or 0.0 for _, value in known), default=0.0)
    if not widest:
        return None
    title = say("velocities_title", segment_type=say(segment_type))
    return Figure(
        title,
        "",
        Bars(
            [
                Bar(
                    say.segment(kpis.segment),
                    100 * value / widest,
                    velocity_cell(say, kpis).text,
                    f"{say('win_rate')}{say('colon')}{say.cases(kpis.rate('win'))}",
                    velocity_cell(say, kpis).marks,
                )
                for kpis, value in known
                if value is not None
            ]
        ),
        _sales_table(say, title, of_type),
    )


def _sales_table(say: Speaker, caption: str, rows: Sequence[Kpis]) -> Table:
    return Table(
        caption,
        [
            *(say("segment_type"), say("segment"), say("open"), say("win_rate")),
            *(say("average"), say("cycle"), say("velocity")),
        ],
        [
            [
                Cell(
                    say("total" if kpis.segment_type == "all" else kpis.segment_type),
                    kpis.segment_type,
                ),
                Cell("" if kpis.segment_type == "all" else say.segment(kpis.segment), kpis.segment),
                say.count(kpis.count("open_prospects")),
                say.rate(kpis.rate("win")),
                amount_cell(say, kpis, "average_won_amount"),
                cycle_cell(say, kpis, "cycle_median_days"),
                velocity_cell(say, kpis),
            ]
            for kpis in rows
        ],
    )


def _has_sales(kpis: Kpis) -> bool:
    return bool(kpis.count("open_prospects") or kpis.rate("win").denominator)


def amount_cell(say: Speaker, kpis: Kpis, name: str) -> Cell:
    """An amount per case, and what it was divided from; without any amount it is not known."""
    rate = kpis.rate(name)
    if kpis.row[f"{name}_numerator"] is None:
        return Cell(NOT_KNOWN, None, say("no_rates"))
    if not rate.numerator:
        return Cell(NOT_KNOWN, None, say("no_amounts"))
    return say.figure(kpis.amount(name), detail=say.division(rate), is_small=rate.is_small)


def cycle_cell(say: Speaker, kpis: Kpis, name: str) -> Cell:
    """A percentile of the sales cycle, in days."""
    cases = kpis.count("cycle_denominator")
    return say.figure(
        kpis.amount(name),
        1,
        detail=say.case_count(cases),
        is_small=bool(kpis.row["is_cycle_small"]),
    )


def velocity_cell(say: Speaker, kpis: Kpis) -> Cell:
    """A segment's pipeline velocity, which has few cases when one of its rates has."""
    return say.figure(kpis.amount("pipeline_velocity"), is_small=kpis.is_velocity_small)


def wins(say: Speaker) -> Section:
    """Win rate and cycle of the last twelve months."""
    review = say.review
    title, unit = say("wins_title"), say("wins_unit")
    rows = [review.overall.get(month) for month in review.month.and_before(12)]
    known = [kpis for kpis in rows if kpis is not None and kpis.rate("win").denominator]
    if not known:
        figure = Figure(title, unit, None, None, nothing=say("wins_empty"))
        return Section("wins", say("wins"), figures=[figure])
    current = review.overall.get(review.month)
    unvalued = current.count("deals_without_rate") if current is not None else 0
    figure = Figure(
        title,
        unit,
        Bars([_rate_bar(say, say.month(kpis.month), kpis.rate("win")) for kpis in known]),
        Table(
            title,
            [
                *(say("month"), say("won"), say("won_value"), say("average")),
                *(say("cycle"), say("cycle_p90")),
            ],
            [
                [
                    Cell(say.month(kpis.month), kpis.month.label),
                    say.rate(kpis.rate("win")),
                    say.rate(kpis.rate("win_value")),
                    amount_cell(say, kpis, "average_won_amount"),
                    cycle_cell(say, kpis, "cycle_median_days"),
                    cycle_cell(say, kpis, "cycle_p90_days"),
                ]
                for kpis in known
            ],
        ),
        facts=[say("deals_without_rate", count=say.number(unvalued))] if unvalued else [],
    )
    return Section("wins", say("wins"), figures=[figure])


def contesting(say: Speaker) -> Section:
    """MQLs that sales contested: by month of entry, and by source in the last complete month."""
    overall = say.review.overall
    rows = [overall[month] for month in say.review.months if month in overall]
    known = [kpis for kpis in rows if kpis.count("mqls")]
    title = say("contesting_title")
    unit = say("contesting_unit", days=say.review.basis.contest_days)
    if not any(kpis.rate("contested").denominator for kpis in known):
        nothing = say("contesting_empty", days=say.review.basis.contest_days)
        figure = Figure(title, unit, None, None, nothing=nothing)
        return Section("contesting", say("contesting"), figures=[figure])
    figures = [
        Figure(
            title,
            unit,
            Bars([_rate_bar(say, say.month(kpis.month), kpis.rate("contested")) for kpis in known]),
            Table(
                title,
                [say("cohort_month"), say("episodes"), say("contested_share"), say("contest_open")],
                [
                    [
                        Cell(say.month(kpis.month), kpis.month.label),
                        say.count(kpis.count("mqls")),
                        say.rate(kpis.rate("contested")),
                        say.count(kpis.rate("contested").immature),
                    ]
                    for kpis in known
                ],
            ),
        ),
        *_contested_sources(say, known),
    ]
    return Section("contesting", say("contesting"), figures=figures)


def _contested_sources(say: Speaker, known: Sequence[Kpis]) -> Iterator[Figure]:
    month = last_complete(known, "contested")
    if month is None:
        return
    title = say("contesting_source_title", month=say.month(month))
    rows = [
        kpis
        for kpis in say.review.kpis
        if kpis.segment_type == "lead_source"
        and kpis.month == month
        and kpis.rate("contested").denominator
    ]
    yield Figure(
        title,
        "",
        Bars([_rate_bar(say, say.segment(kpis.segment), kpis.rate("contested")) for kpis in rows]),
        Table(
            title,
            [say("lead_source").capitalize(), say("contested_share")],
            [
                [Cell(say.segment(kpis.segment), kpis.segment), say.rate(kpis.rate("contested"))]
                for kpis in rows
            ],
        ),
    )


def last_complete(rows: Sequence[Kpis], rate: str) -> Month | None:
    """The last month in which a rate has cases, and none of them is still to come."""
    complete = [
        kpis.month for kpis in rows if kpis.rate(rate).denominator and not kpis.rate(rate).immature
    ]
    return max(complete, default=None)


def _rate_bar(say: Speaker, label: str, rate: Rate) -> Bar:
    return Bar(
        label,
        100 * (rate.value or 0),
        say.share(rate),
        say.cases(rate),
        say.marks(rate),
        is_pale=bool(rate.immature),
    )
