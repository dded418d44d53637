"""The two pictures: the score as steps, and changes per day.

Colours are those of Okabe and Ito, told apart by colour-blind people and on light and dark ground;
bars have patterns beside. Texts and lines take the page's colours (see `assets/audit.css`).
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from orchestration.audit_page.changes import Daily
from orchestration.audit_page.ledger import Step
from orchestration.audit_page.person import Row
from orchestration.audit_page.texts import Texts

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#7f6d00")
PATTERNS = ("", "/", "x", "-", ".", "+", "\\", "|")
GRID = "rgba(128, 128, 128, 0.3)"


def score_chart(steps: Sequence[Step], changes: Sequence[Row], texts: Texts) -> go.Figure:
    """The score after each ledger line, and where stages changed."""
    figure = go.Figure(
        go.Scatter(
            x=[step.at for step in steps],
            y=[step.total for step in steps],
            mode="lines",
            line={"shape": "hv", "width": 2.5, "color": COLOURS[0]},
            name=texts("score"),
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br>%{y}<extra></extra>",
        )
    )
    if changes:
        figure.add_scatter(
            x=[change["changed_at"] for change in changes],
            y=[change["score_after"] for change in changes],
            text=[str(change["to_stage"] or texts("no_stage")) for change in changes],
            mode="markers+text",
            textposition="top center",
            marker={"symbol": "diamond", "size": 10, "color": COLOURS[1]},
            name=texts("score_mark"),
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br>%{text}<extra></extra>",
        )
    _dress(figure, texts("score_axis"))
    return figure


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
        height=360,
        margin={"l": 60, "r": 20, "t": 20, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=True,
        legend={"orientation": "h", "y": -0.15, "traceorder": "normal"},
        font={"family": "system-ui, sans-serif", "size": 13},
    )
    figure.update_xaxes(gridcolor=GRID, tickformat="%Y-%m-%d", nticks=8)
    figure.update_yaxes(gridcolor=GRID, title=axis, rangemode="tozero")
