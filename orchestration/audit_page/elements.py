"""The HTML of the pages: tables, forms and lists for keyboards and screen readers, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from orchestration.audit_page.listing import Page
from orchestration.audit_page.markup import Markup, written_out
from orchestration.audit_page.texts import Texts

Content = Any
"""A component, a text, or a list of them."""


def aria(**attributes: str) -> dict[str, Any]:
    """Attributes that Python's names cannot write: `aria(label="x")` is `aria-label="x"`."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def table(
    name: str,
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Content]],
    texts: Texts,
    *,
    numbers: Sequence[int] = (),
    is_long: bool = False,
    is_named_above: bool = False,
) -> Markup:
    """A table with a caption; the first cell of a row names the row.

    Args:
        name: its id.
        caption: what it is.
        headers: one per column.
        rows: cells; None is an empty one.
        texts: of the language.
        numbers: places of the columns that hold numbers.
        is_long: whether it scrolls in a window of its own.
        is_named_above: whether the heading above says what the caption says.
    """

    def kind(place: int) -> str:
        return "number" if place in numbers else ""

    head = [
        html.Th(title, scope="col", className=kind(place)) for place, title in enumerate(headers)
    ]
    title = html.Caption(
        caption, id=f"{name}-caption", className="unseen" if is_named_above else ""
    )
    body = [
        html.Tr(
            [
                html.Th(cells[0], scope="row", className=kind(0)),
                *(
                    html.Td(cell, className=kind(place))
                    for place, cell in enumerate(cells)
                    if place
                ),
            ]
        )
        for cells in rows
    ]
    whole = html.Div(
        html.Table(
            [
                title,
                html.Thead(html.Tr(head)),
                html.Tbody(body),
            ],
            id=name,
        ),
        className="scroll long" if is_long else "scroll",
        role="region",
        tabIndex=0,  # a region that scrolls has to be reached by keyboard
        title=texts("scroll_hint"),
        **aria(labelledby=f"{name}-caption"),
    )
    return Markup(written_out(whole))


def section(name: str, title: str, *content: Content) -> Component:
    """A part of a page under a heading."""
    heading = html.H2(title, id=f"{name}-title")
    return html.Section([heading, *content], id=name, **aria(labelledby=f"{name}-title"))


def description(items: Sequence[tuple[str, Content]]) -> Component:
    """Names and values."""
    return html.Dl(
        [
            html.Div([html.Dt(name), html.Dd(value)])
            for name, value in items
            if value not in ("", None)
        ]
    )


def notice(*content: Content, is_grave: bool = False) -> Component:
    """Something to be told at once."""
    return html.Div(
        list(content),
        className="notice grave" if is_grave else "notice",
        role="alert" if is_grave else "note",
    )


def moment(instant: datetime | None) -> Content:
    """An instant (naive UTC) to the minute; nothing for none."""
    if instant is None:
        return ""
    return html.Time(f"{instant:%Y-%m-%d %H:%M}", dateTime=f"{instant:%Y-%m-%dT%H:%M:%SZ}")


def code(text: object) -> Content:
    """An id or another word of the machine's; nothing for none."""
    return html.Code(str(text)) if text else ""


def person_link(lead_id: object) -> Content:
    """To the page of a person; nothing for nobody."""
    if not lead_id:
        return ""
    return html.A(str(lead_id), href=person_address(str(lead_id)), className="id")


def person_address(lead_id: str) -> str:
    """The address of a person's page."""
    return f"/lead/{quote(lead_id, safe='')}"


def text_field(name: str, title: str, value: str, hint: str) -> Component:
    """A field for a day."""
    return html.Div(
        [
            html.Label(title, htmlFor=f"filter-{name}"),
            dcc.Input(
                id=f"filter-{name}",
                name=name,
                type="text",
                value=value,
                placeholder=hint,
                pattern=r"\d{4}-\d{2}-\d{2}",
                maxLength=10,
                autoComplete="off",
            ),
        ],
        className="field",
    )


def choice_field(
    name: str, title: str, value: str, options: Mapping[str, str], texts: Texts
) -> Component:
    """A field to choose from; the first choice is any."""
    known = {"": texts("any"), **options}
    if value not in known:  # an address may name what is not there: say so
        known[value] = value
    choices = [
        html.Option(said, value=option, **_selected(option == value))
        for option, said in known.items()
    ]
    return html.Div(
        [
            html.Label(title, htmlFor=f"filter-{name}"),
            html.Select(choices, id=f"filter-{name}", name=name),
        ],
        className="field",
    )


def _selected(is_selected: bool) -> dict[str, Any]:
    return {"selected": True} if is_selected else {}


def filter_form(address: str, fields: Sequence[Component], texts: Texts) -> Component:
    """Fields whose values become the address of the page: it can be kept and sent."""
    buttons = [html.Button(texts("apply"), type="submit"), html.A(texts("reset"), href=address)]
    return html.Form(
        html.Fieldset(
            [html.Legend(texts("filters")), *fields, html.Div(buttons, className="buttons")]
        ),
        action=address,
        method="get",
    )


def paging(address: str, query: Mapping[str, str], page: Page, texts: Texts) -> Component:
    """Where one is in a long table, and the ways to go on."""

    def link(key: str, **start: str) -> Component:
        return html.A(texts(key), href=f"{address}?{urlencode({**query, **start})}")

    said = texts(
        "rows_of",
        first=texts.number(page.first),
        last=texts.number(page.last),
        total=texts.number(page.total),
    )
    links: list[Content] = [html.Span(said, className="rows")]
    if page.newer is not None:
        links += [link("page_newest"), link("page_newer", newer=str(page.newer))]
    if page.older is not None:
        links.append(link("page_older", older=str(page.older)))
    return html.Nav(links, className="paging", **aria(label=texts("paging_label")))


def chart(figure: Any, title: str, summary: str) -> Component:
    """A picture that is described, and never the only place of its numbers."""
    return html.Figure(
        [
            html.Div(
                dcc.Graph(
                    figure=figure,
                    config={"displayModeBar": False, "responsive": True},
                    className="chart",
                    style={"height": f"{figure.layout.height}px"},
                ),
                role="img",
                **aria(label=f"{title}. {summary}"),
            ),
            html.Figcaption(summary),
        ]
    )


def commands(lines: Sequence[tuple[str, str]]) -> Component:
    """Commands and what they tell."""
    return html.Ul([html.Li([html.Code(command), f" — {said}"]) for command, said in lines])
