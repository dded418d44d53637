"""SQL expressions that turn arrived values into the contract's types, strictly.

Every expression gives null for an empty value and for a value that does not fit; the caller
tells the two apart by looking at the value. Instants come out naive, in UTC, to the
microsecond (finer is cut off). Nothing here depends on the session's time zone.
"""

from __future__ import annotations

import re

from orchestration.ingest.contract import ColumnType
from orchestration.ingest.mapping import TableMapping

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
_OFFSET = r"(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)"
_ISO_INSTANT = rf"\d{{4}}-\d\d-\d\d([T ]{_CLOCK}{_OFFSET}?)?"
_ISO_DATE = r"\d{4}-\d\d-\d\d([T ]00:00(:00(\.0+)?)?Z?)?"
# DuckDB's JSON reader takes NaN, Infinity and a comma too many; JSON does not.
_JSON_SUSPECT = r"(?i)(^|[:\[,\s+-])(nan|inf)|,\s*[\]}]"
_JSON_STRING = r'(?s)"(?:[^"\\]|\\.)*"'
_JSON_LENIENT = r"(?i)nan|inf|,\s*[\]}]"

_TRUE = ("true", "t", "yes", "1")
_FALSE = ("false", "f", "no", "0")
_WHOLE_TYPES = re.compile(r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER")
_FRACTION_TYPES = re.compile(r"DOUBLE|FLOAT|DECIMAL\(.*\)")
_NESTED_TYPES = re.compile(r"STRUCT\(.*\)|MAP\(.*\)|.*\[\d*\]", re.DOTALL)
_NAIVE_TYPES = re.compile(r"TIMESTAMP(_S|_MS|_NS)?|DATE")
_ZONED_TYPE = "TIMESTAMP WITH TIME ZONE"


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def expected(kind: ColumnType, layout: TableMapping) -> str:
    """What a value of this type must look like, in words, with the remedy."""
    match kind:
        case ColumnType.INSTANT if layout.timestamp_format or layout.date_format:
            formats = layout.timestamp_format or ("ISO 8601",)
            return f"an instant written as {' or '.join((*formats, *layout.date_format))}"
        case ColumnType.INSTANT:
            return (
                "a date or a date and time in ISO 8601, such as 2026-05-31T14:30:00Z "
                "(for another format give timestamp_format in mapping.yml)"
            )
        case ColumnType.DATE if layout.date_format:
            return f"a date written as {' or '.join(layout.date_format)}"
        case ColumnType.DATE:
            return (
                "a date in ISO 8601, such as 2026-05-31 "
                "(for another format give date_format in mapping.yml)"
            )
        case ColumnType.FLAG:
            known = "true/false, t/f, yes/no or 1/0"
            return known + "".join(f", {v}" for v in (*layout.true_values, *layout.false_values))
        case ColumnType.WHOLE:
            return "a whole number"
        case ColumnType.NUMBER:
            sample = "1234,56" if layout.decimal_separator == "," else "1234.56"
            remedy = (
                ""
                if layout.decimal_separator == ","
                else (" (for decimal commas give decimal_separator in mapping.yml)")
            )
            return f"a number such as {sample}{remedy}"
        case ColumnType.JSON:
            return "JSON text, such as {} or [] or an object with its names in double quotes"
        case _:
            return "text in UTF-8"


def from_text(value: str, kind: ColumnType, layout: TableMapping) -> str:
    """The SQL that reads a text (empty is null already) as this type; null where it cannot."""
    match kind:
        case ColumnType.INSTANT:
            return _instant(value, layout)
        case ColumnType.DATE:
            return _date(value, layout)
        case ColumnType.FLAG:
            true = ", ".join(literal(v.lower()) for v in (*_TRUE, *layout.true_values))
            false = ", ".join(literal(v.lower()) for v in (*_FALSE, *layout.false_values))
            return (
                f"case when lower({value}) in ({true}) then true"
                f" when lower({value}) in ({false}) then false end"
            )
        case ColumnType.WHOLE:
            plain = _plain_number(value, layout)
            return (
                rf"case when regexp_full_match({plain}, '[+-]?\d+(\.0*)?')"
                f" then try_cast(split_part({plain}, '.', 1) as bigint) end"
            )
        case ColumnType.NUMBER:
            plain = _plain_number(value, layout)
            return (
                rf"case when regexp_full_match({plain}, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')"
                f" then try_cast({plain} as double) end"
            )
        case ColumnType.JSON:
            bare = f"regexp_replace({value}, '{_JSON_STRING}', '', 'g')"
            # One case after the other: an `and` would compute the costly last one for all rows.
            return (
                f"case when not json_valid({value}) then null"
                f" when not regexp_matches({value}, '{_JSON_SUSPECT}') then {value}"
                f" when not regexp_matches({bare}, '{_JSON_LENIENT}') then {value} end"
            )
        case _:
            return value


def from_parquet(value: str, source: str, kind: ColumnType, layout: TableMapping) -> str | None:
    """The SQL that reads a Parquet value of DuckDB type `source`; None where no value can fit."""
    if source in ("VARCHAR", "JSON", "UUID") or source.startswith("ENUM("):
        return from_text(f"nullif({value}::varchar, '')", kind, layout)
    if source == "BLOB" and kind in (ColumnType.TEXT, ColumnType.JSON):
        return from_text(f"nullif(try(decode({value})), '')", kind, layout)
    is_whole = bool(_WHOLE_TYPES.fullmatch(source))
    is_fraction = bool(_FRACTION_TYPES.fullmatch(source))
    is_naive = bool(_NAIVE_TYPES.fullmatch(source))
    whole = (
        f"case when {value} = trunc({value}) then try_cast({value} as bigint) end"
        if is_fraction
        else f"try_cast({value} as bigint)"
    )
    match kind:
        case ColumnType.TEXT if source in ("DOUBLE", "FLOAT"):
            text = f"coalesce(({whole})::varchar, {value}::varchar)"
            return f"case when isfinite({value}) then {text} end"
        case ColumnType.TEXT if is_whole or is_fraction or is_naive or source == "BOOLEAN":
            return f"{value}::varchar"
        case ColumnType.TEXT if source == _ZONED_TYPE:
            return f"make_timestamp(epoch_us({value}))::varchar"
        case ColumnType.JSON if _NESTED_TYPES.fullmatch(source):
            return from_text(f"to_json({value})::varchar", kind, layout)
        case ColumnType.FLAG if source == "BOOLEAN":
            return value
        case ColumnType.FLAG if is_whole:
            return f"case {value} when 1 then true when 0 then false end"
        case ColumnType.WHOLE if is_whole or is_fraction:
            return whole
        case ColumnType.NUMBER if is_whole or is_fraction:
            # Through text, so that a FLOAT of 0.1 is 0.1 and not 0.10000000149.
            return f"try_cast({value}::varchar as double)"
        case ColumnType.INSTANT if is_naive:
            return _local_to_utc(f"try_cast({value} as timestamp)", layout)
        case ColumnType.INSTANT if source == _ZONED_TYPE:
            return f"make_timestamp(epoch_us({value}))"
        case ColumnType.DATE if source == "DATE":
            return value
        case ColumnType.DATE if is_naive or source == _ZONED_TYPE:
            instant = (
                f"make_timestamp(epoch_us({value}))"
                if source == _ZONED_TYPE
                else f"try_cast({value} as timestamp)"
            )
            return f"case when {instant} = date_trunc('day', {instant}) then {instant}::date end"
        case _:
            return None


def is_filled(value: str, source: str) -> str:
    """The SQL that says whether a Parquet value of DuckDB type `source` is more than nothing."""
    if source == "BLOB":
        return f"coalesce(octet_length({value}) > 0, false)"
    if source == "VARCHAR" or source.startswith("ENUM("):
        return f"coalesce({value}::varchar <> '', false)"
    return f"{value} is not null"


def bounded(typed: str, kind: ColumnType) -> str:
    """The typed value, or null where no other database and no Python could hold it.

    Kept apart from the reading so that a long expression is computed once, one level below.
    """
    match kind:
        case ColumnType.INSTANT:
            fits = (
                f"{typed} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
            )
        case ColumnType.DATE:
            fits = f"{typed} between date '0001-01-01' and date '9999-12-31'"
        case ColumnType.NUMBER:
            fits = f"isfinite({typed})"
        case _:
            return typed
    return f"case when {fits} then {typed} end"


def _plain_number(value: str, layout: TableMapping) -> str:
    """The number with a point and no spaces between its thousands, as the layout allows them."""
    if layout.decimal_separator == ".":
        return value
    grouped = r"[+-]?(\d+|\d{1,3}([ \x{00a0}\x{202f}]\d{3})+)(,\d*)?"
    bare = rf"regexp_replace({value}, '[ \x{{00a0}}\x{{202f}}]', '', 'g')"
    return f"case when regexp_full_match({value}, '{grouped}') then replace({bare}, ',', '.') end"


def _instant(value: str, layout: TableMapping) -> str:
    readings = [_formatted(value, text, layout) for text in layout.timestamp_format]
    if not readings:
        readings.append(_iso_instant(value, layout))
    readings += [_formatted(value, text, layout) for text in layout.date_format]
    return f"coalesce({', '.join(readings)})"


def _iso_instant(value: str, layout: TableMapping) -> str:
    # DuckDB wants seconds before a zone: 10:30Z is read as 10:30, 10:30+02 as 10:30:00+02.
    zulu = (
        f"case when strlen({value}) = 17 then try_cast(left({value}, -1) as timestamp)"
        f" else try_cast({value} as timestamp) end"
    )
    full = (
        f"case when substr({value}, 17, 1) = ':' then {value}"
        f" else left({value}, 16) || ':00' || substr({value}, 17) end"
    )
    shifted = f"make_timestamp(epoch_us(try_cast({full} as timestamptz)))"
    local = _local_to_utc(f"try_cast({value} as timestamp)", layout)
    return (
        f"case when not regexp_full_match({value}, '{_ISO_INSTANT}') then null"
        f" when suffix({value}, 'Z') then {zulu}"
        f" when contains({value}, '+') or contains(substr({value}, 12), '-') then {shifted}"
        f" else {local} end"
    )


def _date(value: str, layout: TableMapping) -> str:
    if layout.date_format:
        days = [
            _four_digit_year(f"try_strptime({value}, {literal(text)})::timestamp")
            for text in layout.date_format
        ]
        return f"coalesce({', '.join(days)})::date"
    return (
        f"case when regexp_full_match({value}, '{_ISO_DATE}')"
        f" then try_cast(left({value}, 10) as date) end"
    )


def _formatted(value: str, text: str, layout: TableMapping) -> str:
    parsed = f"try_strptime({value}, {literal(text)})"
    instant = (
        f"make_timestamp(epoch_us({parsed}))"
        if "%z" in text or "%Z" in text
        else _local_to_utc(parsed, layout)
    )
    return _four_digit_year(instant)


def _four_digit_year(instant: str) -> str:
    """Null for the year 24, which is what %Y makes of `05/01/24`."""
    return f"case when year({instant}) >= 1000 then {instant} end"


def _local_to_utc(naive: str, layout: TableMapping) -> str:
    if layout.time_zone in ("UTC", "Etc/UTC"):
        return naive
    return f"make_timestamp(epoch_us({naive} at time zone {literal(layout.time_zone)}))"
