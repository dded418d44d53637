"""A page as its reader has it."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


def words(component: Any) -> str:
    """All the text within."""
    if isinstance(component, list | tuple):
        return " ".join(words(each) for each in component)
    if isinstance(component, Component):
        return words(getattr(component, "children", None))
    return "" if component is None else str(component)
