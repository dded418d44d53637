"""What is written out is the HTML that was composed, and never more than that."""

from __future__ import annotations

import pytest
from dash import dcc, html

from orchestration.audit_page.elements import aria, moment, person_link, table
from orchestration.audit_page.markup import written_out
from orchestration.audit_page.texts import read_texts


def test_components_as_html() -> None:
    cell = html.Td(["a", html.Strong("b"), None, 7], className="number", **aria(label='"x"'))
    assert written_out(cell) == (
        '<td class="number" aria-label="&quot;x&quot;">a<strong>b</strong>7</td>'
    )
    assert written_out([moment(None), "<", html.P("&")]) == "&lt;<p>&amp;</p>"


def test_nothing_that_came_from_outside_is_html() -> None:
    evil = '<script>alert("1")</script>'
    shown = table(
        "t", evil, [evil], [(evil,), (person_link(f'x" onclick="{evil}'),)], read_texts("en")
    )
    assert "<script" not in shown.html
    assert 'onclick="' not in shown.html
    assert shown.html.count("&lt;script&gt;") == 4


def test_a_table_for_screen_readers() -> None:
    shown = table("t", "All of it", ["A", "B"], [("a", 1)], read_texts("en"), numbers=(1,)).html
    for part in (
        '<table id="t">',
        '<caption id="t-caption">All of it</caption>',
        '<th scope="col">A</th><th class="number" scope="col">B</th>',
        '<th scope="row">a</th><td class="number">1</td>',
        'role="region" tabindex="0"',
        'aria-labelledby="t-caption"',
    ):
        assert part in shown, part


def test_what_needs_scripts_is_refused() -> None:
    with pytest.raises(TypeError, match=r"dash_core_components.Input is more than HTML"):
        written_out(html.Div(dcc.Input()))
