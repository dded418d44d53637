"""A page as its reader has it."""

from __future__ import annotations

import html
import re
from typing import Any

from dash.development.base_component import Component

from orchestration.audit_page.markup import Markup


def words(component: Any) -> str:
    """All the text within."""
    if isinstance(component, list | tuple):
        return " ".join(words(each) for each in component)
    if isinstance(component, Markup):
        return html.unescape(re.sub(r"<[^>]+>", " ", component.html))
    if isinstance(component, Component):
        return words(getattr(component, "children", None))
    return "" if component is None else str(component)
