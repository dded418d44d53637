"""Long parts of a page as HTML made here: Dash draws them as one component.

Dash keeps books of every component, and what that costs grows faster than their number: a page with
a thousand table cells took seconds to appear, one with two thousand lost its chart. So a table is
composed of Dash's components like everything else, and then written out.
"""

from __future__ import annotations

import html as escaping
from typing import Any

from dash.development.base_component import Component

ATTRIBUTES = {
    "className": "class",
    "colSpan": "colspan",
    "dateTime": "datetime",
    "htmlFor": "for",
    "tabIndex": "tabindex",
}
"""Attributes that Dash names as scripts do; the others are named as in HTML."""


class Markup(Component):
    """HTML as it is; `assets/markup.js` puts it into the page."""

    html: str
    _namespace = "leadger_audit"
    _type = "Markup"
    _children_props: list[str] = []  # noqa: RUF012 - Dash declares them so
    _base_nodes = ["children"]  # noqa: RUF012

    def __init__(self, html: str) -> None:
        self._prop_names = ["html"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = ["html"]
        self.available_wildcard_properties: list[str] = []
        super().__init__(html=html)  # type: ignore[no-untyped-call]


def written_out(content: Any) -> str:
    """Texts and Dash's HTML components, nested or in lists, as HTML; every text is escaped."""
    if content is None:
        return ""
    if isinstance(content, list | tuple):
        return "".join(written_out(each) for each in content)
    if not isinstance(content, Component):
        return escaping.escape(str(content))
    said: dict[str, Any] = content.to_plotly_json()  # type: ignore[no-untyped-call]
    if said["namespace"] != "dash_html_components":
        raise TypeError(f"{said['namespace']}.{said['type']} is more than HTML")
    values = {name: value for name, value in said["props"].items() if name != "children"}
    attributes = "".join(
        f' {ATTRIBUTES.get(name, name)}="{escaping.escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "")
    )
    tag = said["type"].lower()
    return f"<{tag}{attributes}>{written_out(said['props'].get('children'))}</{tag}>"
