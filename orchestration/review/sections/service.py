"""How long people waited for an answer, and which service levels were kept, by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from orchestration.review.blocks import Bar, Bars, Cell, Figure, Section, Table
from orchestration.review.findings import (
    RESPONSES,
    RUNNING,
    attainment,
    clocks_by_obligation,
    is_answered,
)
from orchestration.review.marts import Clock
from orchestration.review.rates import censored_percentile, counted_by_bucket
from orchestration.review.speaker import Speaker

EDGES = (15, 30, 60, 120, 240, 540, 1080, 2700)
"""Business minutes at which the bars of the response time end."""


def response(say: Speaker) -> Section:
    """The distribution of response times, a plot for each obligation to answer first."""
    return Section(
        "response",
        say("response"),
        intro=say("response_unit"),
        figures=[_distribution(say, obligation) for obligation in RESPONSES],
    )


def service_levels(say: Speaker) -> Section:
    """SLA attainment by obligation and by owner."""
    by_obligation = [
        (say.obligation(name), name, clocks)
        for name, clocks in clocks_by_obligation(say.review).items()
    ]
    figures = [
        _attainments(say, "sla_title_obligation", "obligation", by_obligation),
        _attainments(say, "sla_title_owner", "owner", list(_by_owner(say))),
    ]
    return Section(
        "sla", say("sla"), intro=say("sla_unit"), figures=figures, facts=list(_volumes(say))
    )


def _distribution(say: Speaker, obligation: str) -> Figure:
    title = say("response_title", obligation=say.obligation(obligation))
    clocks = [clock for clock in say.review.clocks if clock.obligation == obligation]
    due = [clock for clock in clocks if clock.status != "void"]
    void = len(clocks) - len(due)
    facts = [say("void_left_out", count=say.number(void))] if void else []
    if not due:
        return Figure(title, "", None, None, nothing=say("response_empty"), facts=facts)
    times = [clock.business_minutes_used if is_answered(clock) else None for clock in due]
    given = [time for time in times if time is not None]
    ended = sum(clock.is_voided for clock in due)
    counts = [
        *zip(_buckets(say), counted_by_bucket(given, EDGES), strict=True),
        (say("unanswered"), len(due) - len(given) - ended),
        *([(say("unanswered_ended"), ended)] if ended else []),
    ]
    unanswered_from = len(EDGES) + 1
    widest = max(count for _, count in counts)
    rates = [say.review.basis.rate(count, len(due)) for _, count in counts]
    percentiles = {
        name: _percentile(say, times, share) for name, share in (("median", 0.5), ("p90", 0.9))
    }
    return Figure(
        title,
        "; ".join(
            [
                say(
                    "response_given",
                    numerator=say.number(len(given)),
                    denominator=say.number(len(due)),
                ),
                *(
                    ", ".join([f"{say(name)}{say('colon')}{cell.text}", *cell.marks])
                    for name, cell in percentiles.items()
                ),
            ]
        ),
        Bars(
            [
                Bar(
                    label,
                    100 * count / widest,
                    say.number(count),
                    is_pale=place >= unanswered_from,
                )
                for place, (label, count) in enumerate(counts)
            ]
        ),
        Table(
            title,
            [say("wait"), say("clocks"), say("share")],
            [
                *(
                    [Cell(label), say.count(count), say.rate(rate)]
                    for (label, count), rate in zip(counts, rates, strict=True)
                ),
                *([Cell(say(name)), cell, Cell("")] for name, cell in percentiles.items()),
            ],
        ),
        facts=facts,
    )


def _percentile(say: Speaker, times: Sequence[float | None], share: float) -> Cell:
    value = censored_percentile(times, share)
    is_small = say.review.basis.rate(0, len(times)).is_small
    cell = say.figure(value, is_small=is_small)
    if value is None:
        return Cell(say("not_reached"), None, "", (say("small"),) if is_small else ())
    return Cell(f"{cell.text} {say('business_minutes')}", value, "", cell.marks)


def _buckets(say: Speaker) -> Iterator[str]:
    edges = [say.number(edge) for edge in EDGES]
    yield say("up_to", high=edges[0])
    for low, high in pairwise(edges):
        yield say("between", low=low, high=high)
    yield say("over", low=edges[-1])


def _by_owner(say: Speaker) -> Iterator[tuple[str, str, list[Clock]]]:
    clocks = [clock for clock in say.review.clocks if clock.is_about_a_person]
    names = {
        clock.owner_id: clock.owner_name or say("unnamed", rep=clock.owner_id)
        for clock in clocks
        if clock.owner_id is not None
    }
    for owner_id, name in sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])):
        yield name, owner_id, [clock for clock in clocks if clock.owner_id == owner_id]
    unowned = [clock for clock in clocks if clock.owner_id is None]
    if unowned:
        yield say("nobody"), "", unowned


def _attainments(
    say: Speaker, title: str, kind: str, parts: Sequence[tuple[str, str, list[Clock]]]
) -> Figure:
    rates = [attainment(say.review, clocks) for _, _, clocks in parts]
    if not any(rate.denominator for rate in rates):
        return Figure(say(title), "", None, None, nothing=say("sla_empty"))
    rows = list(zip(parts, rates, strict=True))
    return Figure(
        say(title),
        "",
        Bars(
            [
                Bar(
                    label,
                    100 * (rate.value or 0),
                    say.share(rate),
                    say.cases(rate),
                    say.marks(rate),
                )
                for (label, _, _), rate in rows
            ]
        ),
        Table(
            say(title),
            [
                *(say(kind), say("attainment"), say("met"), say("breached")),
                *(say("still_running"), say("void")),
            ],
            [
                [
                    Cell(label, name),
                    say.rate(rate),
                    *(
                        say.count(sum(clock.status in statuses for clock in clocks))
                        for statuses in (("met",), ("breached",), RUNNING, ("void",))
                    ),
                ]
                for (label, name, clocks), rate in rows
            ],
        ),
    )


def _volumes(say: Speaker) -> Iterator[str]:
    for clock in say.review.clocks:
        if clock.obligation == "marketing_volume":
            yield say(
                "volume",
                segment=say("total") if clock.segment == "*" else clock.segment,
                delivered=say.number(clock.attempts or 0),
                status=say.review.reference.sla[clock.status][say.lang],
            )
