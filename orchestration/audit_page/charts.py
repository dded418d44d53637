"""The two pictures: the score as steps, and changes per day.

Colours are those of Okabe and Ito, told apart by colour-blind people and on light and dark ground;
bars have patterns beside. Texts and lines take the page's colours (see `assets/audit.css`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from orchestration.audit_page.changes import Daily
from orchestration.audit_page.ledger import Balance
from orchestration.audit_page.person import Row
from orchestration.audit_page.texts import NO_STAGE, Texts

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#7f6d00")
PATTERNS = ("", "/", "x", "-", ".", "+", "\\", "|")
HEIGHT = 360
NARROWEST_PX = 560
"""Of the drawing without its margins, as `.chart` in `assets/audit.css` allows."""
CHARACTER_PX = 8
LABEL_GAP_PX = 3
LANE_PX = 18
MOST_LANES = 10
GRID = "rgba(128, 128, 128, 0.3)"


def score_chart(found: Sequence[Balance], changes: Sequence[Row], texts: Texts) -> go.Figure:
    """The score after each instant, and where stages changed.

    The names of the stages stand above the drawing, in as many lines as keep them apart.
    """
    curve = list(found)
    if changes and curve and changes[-1]["changed_at"] > curve[-1].at:
        curve.append(Balance(changes[-1]["changed_at"], curve[-1].score))  # it still holds
    figure = go.Figure(
        go.Scatter(
            x=[balance.at for balance in curve],
            y=[balance.score for balance in curve],
            mode="lines",
            line={"shape": "hv", "width": 2.5, "color": COLOURS[0]},
            name=texts("score"),
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br>%{y}<extra></extra>",
        )
    )
    names = [texts.named("mark", change["to_stage"] or NO_STAGE) for change in changes]
    if changes:
        figure.add_scatter(
            x=[change["changed_at"] for change in changes],
            y=[change["score_after"] for change in changes],
            text=names,
            mode="markers",
            marker={"symbol": "diamond", "size": 10, "color": COLOURS[1]},
            name=texts("score_mark"),
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br>%{text}<extra></extra>",
        )
    _dress(figure, texts("score_axis"))
    instants = [*(balance.at for balance in found), *(change["changed_at"] for change in changes)]
    span = max(max(instants) - min(instants), timedelta(days=1))
    begin, end = min(instants) - 0.02 * span, max(instants) + 0.02 * span
    figure.update_xaxes(range=[begin, end])
    labels = [
        Label.at((change["changed_at"] - begin) / (end - begin), name)
        for change, name in zip(changes, names, strict=True)
    ]
    _name_above(figure, [change["changed_at"] for change in changes], labels)
    return figure


@dataclass(frozen=True)
class Label:
    """A text beside its mark; where it begins and ends, as shares of the drawing's width."""

    text: str
    begin: float
    end: float
    is_left_of_mark: bool

    @classmethod
    def at(cls, place: float, text: str) -> Label:
        """Beside a mark, on the side where there is room."""
        width = (len(text) * CHARACTER_PX + 2 * LABEL_GAP_PX) / NARROWEST_PX
        is_left = place + width > 1
        return cls(
            text, place - width if is_left else place, place if is_left else place + width, is_left
        )


def lanes(labels: Sequence[Label], at_most: int = MOST_LANES) -> list[int | None]:
    """The line each label stands in, 0 the lowest, so that none lies on another.

    None for a label there is no room for: its mark still says it when pointed at.
    """
    taken: list[list[Label]] = []
    found: list[int | None] = []
    for label in labels:
        free = (
            lane
            for lane in range(at_most)
            if lane == len(taken)
            or all(label.end <= other.begin or other.end <= label.begin for other in taken[lane])
        )
        lane = next(free, None)
        found.append(lane)
        if lane is not None:
            if lane == len(taken):
                taken.append([])
            taken[lane].append(label)
    return found


def _name_above(figure: go.Figure, instants: Sequence[datetime], labels: Sequence[Label]) -> None:
    places = lanes(labels)
    room = LANE_PX * (1 + max((lane for lane in places if lane is not None), default=-1))
    figure.update_layout(height=HEIGHT + room, margin_t=20 + room)
    for instant, label, lane in zip(instants, labels, places, strict=True):
        figure.add_shape(
            type="line",
            **{"x0": instant, "x1": instant, "y0": 0, "y1": 1, "yref": "y domain"},
            line={"color": COLOURS[1], "width": 1, "dash": "dot"},
            layer="below",
        )
        if lane is not None:
            figure.add_annotation(
                text=label.text,
                x=instant,
                xanchor="right" if label.is_left_of_mark else "left",
                xshift=-LABEL_GAP_PX if label.is_left_of_mark else LABEL_GAP_PX,
                y=1,
                yref="y domain",
                yanchor="bottom",
                yshift=LANE_PX * lane,
                showarrow=False,
                font={"size": 12},
            )


def daily_chart(daily: Daily, texts: Texts) -> go.Figure:
    """Changes per day, one bar per kind of cause on top of another."""
    days = list(daily.counts)
    figure = go.Figure(
        [
            go.Bar(
                x=days,
                y=[daily.counts[day].get(kind, 0) for day in days],
                name=texts.kind(kind),
                marker={
                    "color": COLOURS[place % len(COLOURS)],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": PATTERNS[place % len(PATTERNS)],
                        "fillmode": "overlay",
                        "fgcolor": "#fff",
                        "size": 6,
                        "solidity": 0.35,
                    },
                },
                hovertemplate="%{x|%Y-%m-%d}: %{y}<extra>%{fullData.name}</extra>",
            )
            for place, kind in enumerate(daily.kinds)
        ]
    )
    figure.update_layout(barmode="stack", bargap=0.1)
    _dress(figure, texts("chart_axis"))
    if max((sum(counts.values()) for counts in daily.counts.values()), default=0) <= 5:
        figure.update_yaxes(dtick=1)  # no half of a change
    return figure


def _dress(figure: go.Figure, axis: str) -> None:
    figure.update_layout(
        template="none",
        height=HEIGHT,
        margin={"l": 60, "r": 20, "t": 20, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=True,
        legend={"orientation": "h", "y": -0.15, "traceorder": "normal"},
        font={"family": "system-ui, sans-serif", "size": 13},
    )
    figure.update_xaxes(gridcolor=GRID, tickformat="%Y-%m-%d", nticks=8)
    figure.update_yaxes(gridcolor=GRID, title=axis, rangemode="tozero")
