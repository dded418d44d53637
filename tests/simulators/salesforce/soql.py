"""The part of SOQL that a sync asks in: SELECT … FROM … WHERE … AND … ORDER BY … LIMIT …."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.salesforce.errors import RefusalError

_QUERY = re.compile(
    r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<sobject>\w+)"
    r"(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+(?P<order>\w+)(?:\s+(?P<direction>asc|desc))?)?"
    r"(?:\s+limit\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_LITERAL = r"'(?:[^'\\]|\\.)*'|[\w.+:-]+"
_CONDITION = re.compile(
    rf"\s*(?P<field>\w+)\s*(?:(?P<sign><=|>=|!=|=|<|>)\s*(?P<value>{_LITERAL})"
    rf"|(?P<negated>not\s+)?in\s*\(\s*(?P<values>(?:{_LITERAL})(?:\s*,\s*(?:{_LITERAL}))*)\s*\))\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"and\b", re.IGNORECASE)

Value = Callable[[str], Any]
"""The value of a field of one row."""


@dataclass(frozen=True)
class Condition:
    """One comparison."""

    field: str
    sign: str
    values: tuple[Any, ...]

    def meets(self, value: Any) -> bool:
        """Whether the value of a row meets it; ids of 15 and 18 characters are the same."""
        if self.sign in ("=", "in"):
            return any(_same(value, each) for each in self.values)
        if self.sign in ("!=", "not in"):
            return not any(_same(value, each) for each in self.values)
        if value is None:
            return False
        one, other = _comparable(value), _comparable(self.values[0])
        return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[
            self.sign
        ]


@dataclass(frozen=True)
class Query:
    """A query that was understood."""

    sobject: str
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    order: str | None
    is_descending: bool
    limit: int | None

    @property
    def is_count(self) -> bool:
        """Whether only the number of rows is asked for."""
        return [each.lower() for each in self.fields] == ["count()"]

    def rows(self, all_rows: Sequence[Value]) -> list[Value]:
        """The rows it asks for."""
        found = [
            each
            for each in all_rows
            if all(condition.meets(each(condition.field)) for condition in self.conditions)
        ]
        if self.order:
            name = self.order
            found.sort(
                key=lambda each: (each(name) is not None, _comparable(each(name) or "")),
                reverse=self.is_descending,
            )
        return found[: self.limit]


def read_query(text: str) -> Query:
    """Understand a query.

    Raises:
        RefusalError: it is not SOQL, or more of it than is simulated.
    """
    parts = _QUERY.fullmatch(text)
    if parts is None:
        raise _malformed(text)
    return Query(
        sobject=parts["sobject"],
        fields=tuple(each.strip() for each in parts["fields"].split(",")),
        conditions=tuple(_conditions(parts["where"])) if parts["where"] else (),
        order=parts["order"],
        is_descending=(parts["direction"] or "").lower() == "desc",
        limit=int(parts["limit"]) if parts["limit"] else None,
    )


def _conditions(text: str) -> list[Condition]:
    found, place = [], 0
    while True:
        parts = _CONDITION.match(text, place)
        if parts is None:
            raise _malformed(text[place:])
        if parts["sign"]:
            sign, values = parts["sign"], [parts["value"]]
        else:
            sign = "not in" if parts["negated"] else "in"
            values = re.findall(_LITERAL, parts["values"])
        found.append(Condition(parts["field"], sign, tuple(map(_literal, values))))
        place = parts.end()
        if place == len(text):
            return found
        joined = _AND.match(text, place)
        if joined is None:
            raise _malformed(text[place:])
        place = joined.end()


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text.lower() in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text.lower()]
    try:
        return float(text)
    except ValueError:
        # An instant is written without quotes.
        return text


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        is_id = {len(one), len(other)} == {15, 18}
        return one[:15] == other[:15] if is_id else one.lower() == other.lower()
    return bool(one == other)


def _comparable(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, float(value), ""
    text = str(value)
    # Instants compare by their first 19 characters: all are UTC.
    return 1, 0.0, text[:19] if re.match(r"\d{4}-\d\d-\d\dT", text) else text


def _malformed(text: str) -> RefusalError:
    return RefusalError(400, "MALFORMED_QUERY", f"unexpected token: {text.strip()[:80]}")
