"""Our rates beside those that others report: labels with a source, never a check."""

from __future__ import annotations

from orchestration.review.blocks import Cell, Figure, Gauge, Gauges, Section, Table
from orchestration.review.marts import Benchmark, Kpis
from orchestration.review.sections.sales import last_complete
from orchestration.review.speaker import Speaker
from orchestration.review.words import NOT_KNOWN

COUNTERPARTS = {
    "lead_to_mql": "lead_to_mql_cohort",
    "mql_to_sql": "mql_to_sql_cohort",
    "sql_to_won": "sql_to_customer_cohort",
}
"""Our rate of the same step as each benchmark, as in the marts; the others have none."""
SPEED = "speed_to_lead"
PLOTTED = ("all", "lever")
COMPARED = (*PLOTTED, "lead_source", "company_size_band", "business_type")


def benchmarks(say: Speaker) -> Section:
    """The latest complete month of each rate, beside the range, per segment."""
    title, unit = say("benchmarks_title"), say("benchmarks_unit")
    found = [
        (benchmark, kpis)
        for benchmark in say.review.reference.benchmarks
        if benchmark.kpi in COUNTERPARTS
        for kpis in _latest_complete(say, COUNTERPARTS[benchmark.kpi])
    ]
    gauges = [
        _gauge(say, benchmark, kpis) for benchmark, kpis in found if kpis.segment_type in PLOTTED
    ]
    table = Table(
        title,
        [
            *(say("figure"), say("benchmark"), say("segment"), say("ours")),
            say("from_month"),
        ],
        [
            *(_row(say, benchmark, kpis) for benchmark, kpis in found),
            *(
                _apart(say, benchmark)
                for benchmark in say.review.reference.benchmarks
                if benchmark not in [known for known, _ in found]
            ),
        ],
    )
    if not gauges:
        figure = Figure(title, unit, None, table, nothing=say("benchmarks_empty"))
    else:
        ends = (say.percent(0), say.percent(0.5), say.percent(1))
        figure = Figure(title, unit, Gauges(gauges, ends), table)
    return Section("benchmarks", say("benchmarks"), figures=[figure])


def _latest_complete(say: Speaker, rate: str) -> list[Kpis]:
    """For each segment the row of the last month in which the rate is complete."""
    found = []
    for segment_type in COMPARED:
        rows = [kpis for kpis in say.review.kpis if kpis.segment_type == segment_type]
        for segment in dict.fromkeys(kpis.segment for kpis in rows):
            own = [kpis for kpis in rows if kpis.segment == segment]
            month = last_complete(own, rate)
            found += [kpis for kpis in own if kpis.month == month]
    return found


def _gauge(say: Speaker, benchmark: Benchmark, kpis: Kpis) -> Gauge:
    rate = kpis.rate(COUNTERPARTS[benchmark.kpi])
    low, high = rate.interval
    return Gauge(
        f"{say(COUNTERPARTS[benchmark.kpi] + '_short')}, {_segment(say, kpis)}",
        100 * (benchmark.low or 0.0),
        100 * (benchmark.high if benchmark.high is not None else 1.0),
        100 * (rate.value or 0.0),
        (100 * low, 100 * high),
        say.share(rate),
        f"{say.cases(rate)}, {say.month(kpis.month)}. {_label(say, benchmark)}",
        say.marks(rate),
    )


def _row(say: Speaker, benchmark: Benchmark, kpis: Kpis) -> list[Cell]:
    return [
        Cell(say(COUNTERPARTS[benchmark.kpi] + "_short"), benchmark.kpi),
        Cell(_label(say, benchmark)),
        Cell(_segment(say, kpis), kpis.segment),
        say.rate(kpis.rate(COUNTERPARTS[benchmark.kpi])),
        Cell(say.month(kpis.month), kpis.month.label),
    ]


def _apart(say: Speaker, benchmark: Benchmark) -> list[Cell]:
    """A benchmark that no rate of ours can stand beside."""
    kpis = say.review.overall.get(say.review.month)
    ours, month = Cell(say("none_yet")), Cell("")
    if benchmark.kpi == SPEED and kpis is not None:
        ours = _speed(say, kpis)
        month = Cell(say.month(kpis.month), kpis.month.label)
    elif benchmark.kpi not in COUNTERPARTS:
        ours = Cell(say("no_counterpart"))
    name = f"{COUNTERPARTS.get(benchmark.kpi, benchmark.kpi)}_short"
    return [
        Cell(say(name), benchmark.kpi),
        Cell(_label(say, benchmark)),
        Cell(say("total"), "all"),
        ours,
        month,
    ]


def _speed(say: Speaker, kpis: Kpis) -> Cell:
    """Elapsed minutes, not business ones: what the benchmark is about."""
    value, rate = kpis.amount("speed_to_lead_median_minutes"), kpis.rate(SPEED)
    detail = say("touched", cases=say.cases(rate))
    if value is None:
        text = say("not_reached") if rate.denominator else NOT_KNOWN
        return Cell(text, None, detail, say.marks(rate))
    return Cell(say("elapsed", count=say.number(value)), value, detail, say.marks(rate))


def _segment(say: Speaker, kpis: Kpis) -> str:
    return say("total") if kpis.segment_type == "all" else say.segment(kpis.segment)


def _label(say: Speaker, benchmark: Benchmark) -> str:
    trust = say("trust", trust=say(f"{benchmark.trust}_trust"))
    return f"{benchmark.label[say.lang]} ({benchmark.source}; {trust})"
