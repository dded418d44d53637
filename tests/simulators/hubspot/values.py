"""How HubSpot reads a property value: trimmed, checked against its type, made canonical."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from simulators.hubspot.errors import Invalid
from simulators.hubspot.schema import Property

LONGEST_TEXT = 65_536
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> str:
    """An instant as HubSpot writes it: UTC, milliseconds only where there are some."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = moment.microsecond // 1000
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


def canonical(wanted: Property, value: str) -> str | Invalid:
    """The value as HubSpot stores and answers it; an empty one clears and is always taken."""
    text = value.strip()
    if not text:
        return ""
    if wanted.name == "email":
        return _email(wanted, text)
    return _READERS[wanted.type](wanted, text)


def _text(wanted: Property, text: str) -> str | Invalid:
    if len(text) > LONGEST_TEXT:
        return Invalid(
            wanted.name,
            "PROPERTY_VALUE_TOO_LONG",
            f"{wanted.name} takes at most {LONGEST_TEXT} characters, got {len(text)}",
        )
    return text


def _email(wanted: Property, text: str) -> str | Invalid:
    if not _EMAIL.fullmatch(text):
        return Invalid(wanted.name, "INVALID_EMAIL", f"Email address {text} is invalid")
    return text.lower()


def _number(wanted: Property, text: str) -> str | Invalid:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        return Invalid(wanted.name, "INVALID_NUMBER", f"{text} was not a valid number.")
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def _moment(text: str) -> datetime | None:
    if re.fullmatch(r"-?\d+", text):
        return _EPOCH + timedelta(milliseconds=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _datetime(wanted: Property, text: str) -> str | Invalid:
    moment = _moment(text)
    if moment is None:
        return Invalid(wanted.name, "INVALID_DATE", f"{text} was not a valid long.")
    return instant(moment)


def _date(wanted: Property, text: str) -> str | Invalid:
    moment = _moment(text)
    if moment is None:
        return Invalid(wanted.name, "INVALID_DATE", f"{text} was not a valid long.")
    if moment.astimezone(UTC).strftime("%H%M%S%f").strip("0"):
        return Invalid(wanted.name, "INVALID_DATE", f"{text} is at {instant(moment)}, not midnight")
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def _option(wanted: Property, text: str) -> str | Invalid:
    if wanted.has_external_options:
        return text
    several = wanted.field_type == "checkbox"
    chosen = [each.strip() for each in text.split(";")] if several else [text]
    allowed = [option.value for option in wanted.options]
    if all(each in allowed for each in chosen):
        return ";".join(chosen)
    listed = ", ".join(
        f'label: "{option.label}"\nvalue: "{option.value}"' for option in wanted.options
    )
    return Invalid(
        wanted.name, "INVALID_OPTION", f"{text} was not one of the allowed options: [{listed}]"
    )


_READERS: Mapping[str, Callable[[Property, str], str | Invalid]] = {
    "string": _text,
    "number": _number,
    "datetime": _datetime,
    "date": _date,
    "bool": _option,
    "enumeration": _option,
}
