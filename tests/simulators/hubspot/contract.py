"""What a request to HubSpot has to be, for the endpoints the sync uses; from public documentation.

Stricter than HubSpot where it lets through what cannot be meant: a body without `inputs`, an
update of nothing, an input without `objectWriteTraceId`, by which the answer is tied to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulators import contracts
from simulators.contracts import Schema
from simulators.hubspot.schema import FIELD_TYPES
from simulators.messages import Request

CONTACTS = "/crm/v3/objects/contacts"
PROPERTIES = "/crm/v3/properties/contacts"

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_YES_OR_NO = {"type": "boolean"}
_ID = {"type": "string", "minLength": 1}
_NAME = {"type": "string", "pattern": "[a-z][a-z0-9_]*", "maxLength": 100}
_NAMES = {"type": "array", "items": _NAME}


def _object(required: tuple[str, ...], **properties: Schema) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _inputs(most: int, each: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": most, "items": each}


UPDATE = _object(
    ("inputs",),
    inputs=_inputs(
        100,
        _object(
            ("id", "properties", "objectWriteTraceId"),
            id=_ID,
            objectWriteTraceId={"type": "string", "minLength": 1},
            properties={
                "type": "object",
                "minProperties": 1,
                "propertyNames": _NAME,
                "additionalProperties": {"type": "string", "maxLength": 65_536},
            },
        ),
    ),
)


def _read(most: int) -> Schema:
    return _object(
        ("inputs", "properties", "propertiesWithHistory"),
        inputs=_inputs(most, _object(("id",), id=_ID)),
        properties=_NAMES,
        propertiesWithHistory=_NAMES,
    )


READ = _read(100)
READ_WITH_HISTORY = _read(50)

_OPTIONS = {
    "type": "array",
    "items": _object(
        ("label", "value", "hidden"),
        label={"type": "string", "minLength": 1},
        value={"type": "string", "minLength": 1},
        hidden=_YES_OR_NO,
        displayOrder=_NUMBER,
        description=_TEXT,
    ),
}
_DEFINED: dict[str, Schema] = {
    "label": {"type": "string", "minLength": 1},
    "type": {"enum": sorted(FIELD_TYPES)},
    "fieldType": {"enum": sorted({each for kinds in FIELD_TYPES.values() for each in kinds})},
    "groupName": _NAME,
    "description": _TEXT,
    "displayOrder": _NUMBER,
    "hidden": _YES_OR_NO,
    "formField": _YES_OR_NO,
    "options": _OPTIONS,
}
NEW_PROPERTY = _object(
    ("name", "label", "type", "fieldType", "groupName"),
    name=_NAME,
    hasUniqueValue=_YES_OR_NO,
    **_DEFINED,
)
CHANGED_PROPERTY = {**_object((), **_DEFINED), "minProperties": 1}
NEW_GROUP = _object(("name", "label"), name=_NAME, label=_TEXT, displayOrder=_NUMBER)


def breaches(request: Request) -> list[str] | None:
    """What breaks the contract, a line each; None where there is none for this endpoint."""
    match request.method, request.path:
        case "POST", "/crm/v3/objects/contacts/batch/update":
            found = [*_of_body(request, UPDATE), *_said_twice(request.body)]
        case "POST", "/crm/v3/objects/contacts/batch/read":
            body = request.body if isinstance(request.body, dict) else {}
            schema = READ_WITH_HISTORY if body.get("propertiesWithHistory") else READ
            found = [*_of_body(request, schema), *_said_twice(body)]
        case "GET", "/crm/v3/properties/contacts":
            known = ("archived", "dataSensitivity", "locale", "properties")
            return list(contracts.unknown_parameters(request.query, known))
        case "POST", "/crm/v3/properties/contacts":
            found = [*_of_body(request, NEW_PROPERTY), *_unfit(request.body)]
        case "POST", "/crm/v3/properties/contacts/groups":
            found = list(_of_body(request, NEW_GROUP))
        case "PATCH", path if path.startswith(f"{PROPERTIES}/"):
            found = list(_of_body(request, CHANGED_PROPERTY))
        case _:
            return None
    return [*contracts.not_json(request.headers), *found]


def _of_body(request: Request, schema: Schema) -> Iterator[str]:
    yield from contracts.unknown_parameters(request.query, ("archived",))
    yield from contracts.breaches(schema, request.body)


def _said_twice(body: Any) -> Iterator[str]:
    inputs = body.get("inputs") if isinstance(body, dict) else None
    for name in ("id", "objectWriteTraceId"):
        values = [each.get(name) for each in inputs or () if isinstance(each, dict)]
        yield from contracts.twice(values, f"body.inputs, {name}")


def _unfit(body: Any) -> Iterator[str]:
    """A type and a field type that do not go together; options that a type needs."""
    content = body if isinstance(body, dict) else {}
    kind, shown_as = str(content.get("type")), content.get("fieldType")
    if kind in FIELD_TYPES and shown_as not in FIELD_TYPES[kind]:
        yield f"body: fieldType {shown_as} does not go with type {kind}"
    if kind in ("enumeration", "bool") and not content.get("options"):
        yield f"body: a property of type {kind} needs options"
