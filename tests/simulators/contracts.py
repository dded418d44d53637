"""Request contracts in JSON Schema, and what a request breaks of them.

Of JSON Schema, what our contracts need: `type`, `enum`, `pattern` (of the whole text), `minLength`,
`maxLength`, `required`, `properties`, `additionalProperties`, `propertyNames`, `minProperties`,
`items`, `minItems`, `maxItems`. Written for speed: a batch is looked at in a millisecond or two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

Schema = Mapping[str, Any]
FEW = 20
"""Breaches that are told; a batch may have thousands."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def breaches(schema: Schema, value: Any, place: str = "body") -> Iterator[str]:
    """What breaks a schema, a line each, with its place."""
    kinds = schema.get("type")
    if kinds is not None and not _is(value, [kinds] if isinstance(kinds, str) else kinds):
        yield f"{place}: {_shown(value)} is no {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {_shown(value)} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str):
        yield from _in_text(schema, value, place)
    elif isinstance(value, dict):
        yield from _in_object(schema, value, place)
    elif isinstance(value, list):
        yield from _in_list(schema, value, place)


def _is(value: Any, kinds: Iterable[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _TYPES[kind]) for kind in kinds)


@lru_cache(4_096)
def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _is_good_text(schema: Schema, value: Any) -> bool:
    """Whether a value is a text a schema takes: most values are, so most need no more."""
    if type(value) is not str or schema.get("type") != "string" or "enum" in schema:
        return False
    if "pattern" in schema and not _matches(schema["pattern"], value):
        return False
    return bool(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)))


def _in_text(schema: Schema, value: str, place: str) -> Iterator[str]:
    if "pattern" in schema and not _matches(schema["pattern"], value):
        yield f"{place}: {_shown(value)} is not of the form {schema['pattern']}"
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{place}: a text of {len(value)} characters"


def _in_object(schema: Schema, value: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}: {name} is missing"
    if len(value) < schema.get("minProperties", 0):
        yield f"{place}: has nothing in it"
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    names = schema.get("propertyNames")
    for name, each in value.items():
        if names is not None and not _is_good_text(names, name):
            yield from breaches(names, name, f"{place}, name")
        if name in known:
            yield from breaches(known[name], each, f"{place}.{name}")
        elif others is False:
            yield f"{place}: {name} is not known"
        elif others is not True and not _is_good_text(others, each):
            yield from breaches(others, each, f"{place}.{name}")


def _in_list(schema: Schema, value: Sequence[Any], place: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{place}: {len(value)} items"
    if "items" in schema:
        for number, each in enumerate(value):
            yield from breaches(schema["items"], each, f"{place}[{number}]")


def twice(values: Iterable[Any], place: str) -> Iterator[str]:
    """Values that are there more than once, which no schema can say of a part of the items."""
    for value, count in Counter(each for each in values if isinstance(each, str)).items():
        if count > 1:
            yield f"{place}: {_shown(value)} is there {count} times"


def unknown_parameters(query: Mapping[str, str], known: Iterable[str]) -> Iterator[str]:
    """Parameters of the address that are not documented."""
    for name in sorted(query.keys() - set(known)):
        yield f"query: {name} is not known"


def not_json(headers: Mapping[str, str]) -> Iterator[str]:
    """A body that is not announced as JSON."""
    kind = headers.get("content-type", "")
    if kind.partition(";")[0].strip() != "application/json":
        yield f"Content-Type: {kind or 'none'}, not application/json"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
