"""What a request to Salesforce has to be, for the resources the sync uses; public documentation.

Salesforce takes an unknown field, or a value of another JSON type, as a refusal of its own; here
is what concerns the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simulators import contracts
from simulators.contracts import Schema
from simulators.messages import Request

_ROOT = re.compile(r"/services/data/v\d+\.\d/(.*)")
_ID = {"type": "string", "pattern": "[A-Za-z0-9]{15}([A-Za-z0-9]{3})?"}
_FIELD = {"type": "string", "pattern": "[A-Za-z][A-Za-z0-9_]*(__c)?"}
_CHANGED = {
    "type": "object",
    "required": ("attributes", "id"),
    "minProperties": 3,
    "propertyNames": _FIELD,
    "properties": {
        "attributes": {
            "type": "object",
            "required": ("type",),
            "properties": {"type": _FIELD},
            "additionalProperties": False,
        },
        "id": _ID,
    },
    "additionalProperties": {"type": ("string", "number", "boolean", "null")},
}
UPDATE: Schema = {
    "type": "object",
    "required": ("records", "allOrNone"),
    "properties": {
        "allOrNone": {"type": "boolean"},
        "records": {"type": "array", "minItems": 1, "maxItems": 200, "items": _CHANGED},
    },
    "additionalProperties": False,
}
RETRIEVE: Schema = {
    "type": "object",
    "required": ("ids", "fields"),
    "properties": {
        "ids": {"type": "array", "minItems": 1, "maxItems": 2_000, "items": _ID},
        "fields": {"type": "array", "minItems": 1, "items": _FIELD},
    },
    "additionalProperties": False,
}
NEW_FIELD: Schema = {
    "type": "object",
    "required": ("FullName", "Metadata"),
    "properties": {
        "FullName": {"type": "string", "pattern": "[A-Za-z]+[.][A-Za-z][A-Za-z0-9_]*__c"},
        "Metadata": {
            "type": "object",
            "required": ("type", "label"),
            "properties": {
                "type": {"type": "string"},
                "label": {"type": "string", "minLength": 1, "maxLength": 40},
            },
        },
    },
    "additionalProperties": False,
}


def breaches(request: Request) -> list[str] | None:
    """What breaks the contract, a line each; None where there is none for this resource."""
    root = _ROOT.fullmatch(request.path)
    match request.method, root[1].strip("/").split("/") if root else []:
        case "PATCH", ["composite", "sobjects"]:
            found = [*contracts.breaches(UPDATE, request.body), *_said_twice(request.body)]
        case "POST", ["composite", "sobjects", _]:
            found = list(contracts.breaches(RETRIEVE, request.body))
        case "POST", ["tooling", "sobjects", "CustomField"]:
            found = list(contracts.breaches(NEW_FIELD, request.body))
        case "GET", ["query" | "queryAll"]:
            asked = request.query.get("q", "")
            return [] if asked.upper().startswith("SELECT ") else ["query: q is no SELECT"]
        case "GET", ["sobjects", _, "describe"]:
            return list(contracts.unknown_parameters(request.query, ()))
        case _:
            return None
    return [*contracts.not_json(request.headers), *found]


def _said_twice(body: Any) -> Iterator[str]:
    records = body.get("records") if isinstance(body, dict) else None
    ids = [each.get("id") for each in records or () if isinstance(each, dict)]
    yield from contracts.twice(ids, "body.records, id")
