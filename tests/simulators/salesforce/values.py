"""How Salesforce reads the value of a field: types are checked, texts trimmed, instants cut."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulators.salesforce.errors import RecordError, unreadable
from simulators.salesforce.fields import Field

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def instant(moment: datetime) -> str:
    """An instant as Salesforce writes it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_value(field: Field, value: Any) -> Any:
    """The value as it is stored; null and an empty text are none.

    Raises:
        RefusalError: the JSON is of another type, which fails the whole request.
        RecordError: the value is not accepted, which fails the record.
    """
    if field.type == "boolean":
        return _boolean(field, value)
    if value is None or value == "":
        if field.is_required:
            message = f"Required fields are missing: [{field.name}]"
            raise RecordError("REQUIRED_FIELD_MISSING", message, [field.name])
        return None
    if field.type == "double":
        return _number(field, value)
    if not isinstance(value, str):
        raise unreadable(_other_type("string", value, field))
    if field.type == "datetime":
        return _datetime(field, value)
    if field.type == "date":
        return _date(field, value)
    return _text(field, value.strip())


def _text(field: Field, text: str) -> str | None:
    if field.longest and len(text) > field.longest:
        said = f"{field.title}: data value too large: {text} (max length={field.longest})"
        raise RecordError("STRING_TOO_LONG", said, [field.name])
    if field.is_restricted and text not in field.picklist:
        said = f"{field.title}: bad value for restricted picklist field: {text}"
        raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", said, [field.name])
    if field.type == "email" and not _EMAIL.fullmatch(text):
        said = f"{field.title}: invalid email address: {text}"
        raise RecordError("INVALID_EMAIL_ADDRESS", said, [field.name])
    return text.lower() if field.type == "email" else text or None


def _boolean(field: Field, value: Any) -> bool:
    if value is None or value in ("false", "true"):
        return str(value) == "true"
    if not isinstance(value, bool):
        raise unreadable(_other_type("boolean", value, field))
    return value


def _number(field: Field, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError(value)
        number = float(value)
        return number if field.scale is None else round_half_up(number, field.scale)
    except (TypeError, ValueError):
        raise unreadable(_other_type("double", value, field)) from None


def round_half_up(number: float, places: int) -> float:
    """A number as Salesforce rounds it."""
    return float(Decimal(str(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _datetime(field: Field, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise unreadable(_other_type("datetime", text, field)) from None
    if moment.tzinfo is None:
        raise unreadable(_other_type("datetime", text, field))
    return instant(moment)


def _date(field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise unreadable(_other_type("date", text, field)) from None


def _other_type(wanted: str, value: Any, field: Field) -> str:
    given = {bool: "VALUE_BOOLEAN", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}
    kind = given.get(type(value), "VALUE_STRING")
    return (
        f"Cannot deserialize instance of {wanted} from {kind} value {value} "
        f"or request may be missing a required field ({field.name})"
    )
