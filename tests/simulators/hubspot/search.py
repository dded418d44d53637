"""A small part of HubSpot's search: groups of filters, a sort, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.hubspot import errors
from simulators.hubspot.contacts import DEFAULT_PROPERTIES, Contact, Contacts
from simulators.messages import Answer

MOST_RESULTS = 200


def search(contacts: Contacts, body: Any) -> Answer:
    """`search`: contacts that meet all filters of any group."""
    if not isinstance(body, dict):
        raise errors.validation("Invalid input JSON: an object is expected")
    limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
    if limit > MOST_RESULTS:
        raise errors.validation(f"A search answers at most {MOST_RESULTS} results a page")
    groups = [group.get("filters") or [] for group in body.get("filterGroups") or []]
    found = [
        each
        for each in contacts.current()
        if not groups or any(all(_meets(each, one) for one in group) for group in groups)
    ]
    for sort in reversed(body.get("sorts") or []):
        name = sort["propertyName"] if isinstance(sort, dict) else sort
        backwards = isinstance(sort, dict) and sort.get("direction") == "DESCENDING"
        found.sort(key=lambda each: _rank(_value(each, name) or ""), reverse=backwards)
    page = found[after : after + limit]
    names = body.get("properties") or list(DEFAULT_PROPERTIES)
    answer: dict[str, Any] = {"total": len(found), "results": [each.told(names) for each in page]}
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return Answer(200, answer)


def _value(contact: Contact, name: str) -> str | None:
    told: str | None = contact.told([name])["properties"][name]
    return told


def _rank(text: str) -> tuple[int, Decimal, str]:
    try:
        return 0, Decimal(text), ""
    except InvalidOperation:
        return 1, Decimal(0), text.lower()


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "GT": lambda one, other: one > other,
    "GTE": lambda one, other: one >= other,
    "LT": lambda one, other: one < other,
    "LTE": lambda one, other: one <= other,
}


def _meets(contact: Contact, one: Mapping[str, Any]) -> bool:
    value, operator = _value(contact, one["propertyName"]), one["operator"]
    wanted = str(one.get("value", ""))
    listed = [str(each).lower() for each in one.get("values") or []]
    match operator:
        case "HAS_PROPERTY":
            return value is not None
        case "NOT_HAS_PROPERTY":
            return value is None
        case "EQ":
            return value is not None and value.lower() == wanted.lower()
        case "NEQ":
            return value is None or value.lower() != wanted.lower()
        case "IN":
            return value is not None and value.lower() in listed
        case "NOT_IN":
            return value is None or value.lower() not in listed
        case "CONTAINS_TOKEN":
            return value is not None and wanted.strip("*").lower() in value.lower()
        case "BETWEEN":
            low, high = _rank(wanted), _rank(str(one.get("highValue", "")))
            return value is not None and low <= _rank(value) <= high
        case "GT" | "GTE" | "LT" | "LTE":
            return value is not None and _COMPARED[operator](_rank(value), _rank(wanted))
        case _:
            raise errors.validation(f"The operator {operator} is not one of those simulated")
