"""The plots of the review, drawn by Plotly; each as a piece of HTML for the page.

Colours of texts and lines are the page's own (`review.html`), so that they are read in the dark.
"""

from __future__ import annotations

import textwrap
from functools import cache
from html import escape

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.io import to_html
from plotly.offline import get_plotlyjs

from orchestration.review.blocks import Bars, Curve, Curves, Gauges

BAR, PALE, RANGE, SHADE = (
    "#3b7dc4",
    "#9db9d8",
    "rgba(139, 107, 196, 0.3)",
    "rgba(127, 127, 127, 0.18)",
)
LABEL_WIDTH = 34
ROW_HEIGHT = 46
LINE_HEIGHT = 18
LABEL_ROOM = 36
"""Pixels on the right of an axis whose last label stands under its very end."""
_CONFIG = {"displayModeBar": False, "responsive": True}
_NO_TICKS = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True}


@cache
def library() -> Markup:
    """Plotly's script, for a page that loads nothing from elsewhere."""
    return Markup(f"<script>{get_plotlyjs()}</script>")


def drawn(plot: Bars | Gauges | Curves, name: str, incomplete: str) -> Markup:
    """A plot as HTML, under a name that is its own on the page."""
    if isinstance(plot, Curves):
        panels = [
            _panel(curve, f"{name}-{place}", incomplete) for place, curve in enumerate(plot.panels)
        ]
        return Markup('<div class="panels">{}</div>').format(Markup("").join(panels))
    return _html(_bars(plot) if isinstance(plot, Bars) else _gauges(plot), name)


def _bars(plot: Bars) -> go.Figure:
    """A bar for each row, the number in words beside its name."""
    rows = list(plot.rows)
    names = [
        _said(
            row.label,
            " · ".join(
                filter(
                    None,
                    [f"<b>{escape(row.text)}</b>", escape(row.detail), *map(escape, row.marks)],
                )
            ),
        )
        for row in rows
    ]
    bars = go.Bar(
        x=[row.width for row in rows],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [PALE if row.is_pale else BAR for row in rows]},
        hovertext=[f"{escape(row.label)}: {escape(row.text)} {escape(row.detail)}" for row in rows],
        hoverinfo="text",
        width=0.55,
    )
    figure = go.Figure(bars)
    figure.update_layout(**_layout(_height(names)), yaxis=_names(names))
    figure.update_xaxes(range=[0, 102], **_NO_TICKS)
    return figure


def _gauges(plot: Gauges) -> go.Figure:
    """A dot with its interval for each row, on the range that others report."""
    rows = list(plot.rows)
    figure = go.Figure(
        go.Scatter(
            x=[row.dot for row in rows],
            y=list(range(len(rows))),
            mode="markers",
            marker={"size": 12, "color": BAR},
            cliponaxis=False,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [row.whisker[1] - row.dot for row in rows],
                "arrayminus": [row.dot - row.whisker[0] for row in rows],
                "color": "#7a8694",
            },
            hovertext=[f"{escape(row.label)}: {escape(row.text)}" for row in rows],
            hoverinfo="text",
        )
    )
    for place, row in enumerate(rows):
        figure.add_shape(
            type="rect",
            x0=row.low,
            x1=row.high,
            y0=place - 0.3,
            y1=place + 0.3,
            fillcolor=RANGE,
            line={"width": 0},
            layer="below",
        )
    names = [
        _said(row.label, " · ".join([f"<b>{escape(row.text)}</b>", *map(escape, row.marks)]))
        for row in rows
    ]
    figure.update_layout(**_layout(_height(names), 30, LABEL_ROOM), yaxis=_names(names))
    figure.update_xaxes(range=[-1, 101], **_scale(plot.scale))
    return figure


def _panel(curve: Curve, name: str, incomplete: str) -> Markup:
    """A cohort: how many had converted after how many days, and from when nobody can say."""
    marks = Markup(" ").join(
        Markup('<span class="mark{}">{}</span>').format(" incomplete" * (each == incomplete), each)
        for each in curve.marks
    )
    body = Markup("")
    if curve.points:
        figure = go.Figure(
            go.Scatter(
                x=[x for x, _ in curve.points],
                y=[100 - y for _, y in curve.points],
                mode="lines+markers",
                line={"shape": "linear", "width": 2.5, "color": BAR},
                marker={"size": [0] * (len(curve.points) - 1) + [8]},
                cliponaxis=False,
                hoverinfo="skip",
            )
        )
        if curve.known_until < 100:
            figure.add_vrect(x0=curve.known_until, x1=100, fillcolor=SHADE, line_width=0)
        figure.update_layout(**_layout(170, room=LABEL_ROOM))
        figure.update_xaxes(range=[0, 100], gridcolor=SHADE, **_scale(curve.x_labels))
        figure.update_yaxes(range=[0, 103], gridcolor=SHADE, **_scale(curve.y_labels))
        body = _html(figure, name)
    return Markup('<div class="panel"><h4>{} {}</h4>{}<p class="detail">{}</p></div>').format(
        curve.title, marks, body, curve.detail
    )


def _scale(labels: tuple[str, str, str]) -> dict[str, object]:
    """An axis from 0 to 100, named at its ends and in the middle, apart from the other axis."""
    return {
        "tickvals": [0, 50, 100],
        "ticktext": list(labels),
        "ticklabelstandoff": 6,
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
    }


def _height(names: list[str]) -> int:
    """Pixels of the rows of a plot, as high as the longest of their names needs."""
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    return len(names) * max(ROW_HEIGHT, lines * LINE_HEIGHT + 8)


def _layout(height: int, more: int = 0, room: int = 12) -> dict[str, object]:
    """What all plots share, with room on the right for the name of an axis' end."""
    return {
        "height": height + 30 + more,
        "margin": {"l": 8, "r": room, "t": 8, "b": 8 + more},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "showlegend": False,
        "dragmode": False,
    }


def _names(names: list[str]) -> dict[str, object]:
    return {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "range": [len(names) - 0.4, -0.6],
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticklabelstandoff": 8,
    }


def _said(label: str, value: str) -> str:
    """A name, wrapped, over its number; Plotly reads a little HTML, so names are escaped."""
    name = "<br>".join(escape(line) for line in textwrap.wrap(label, LABEL_WIDTH) or [""])
    return f"{name}<br>{value}"


def _html(figure: go.Figure, name: str) -> Markup:
    return Markup(
        to_html(
            figure,
            include_plotlyjs=False,
            full_html=False,
            div_id=f"plot-{name}",
            config=_CONFIG,
            default_width="100%",
            default_height=f"{figure.layout.height}px",
        )
    )
