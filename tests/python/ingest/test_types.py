"""What counts as an instant, a date, a number, a flag or JSON, in CSV and in Parquet."""

from __future__ import annotations

import os
import time
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from ingest.conftest import Scene
from orchestration.ingest import casts
from orchestration.ingest.contract import ColumnType
from orchestration.ingest.mapping import STANDARD, TableMapping

COMMAS = TableMapping(decimal_separator=",")
FRENCH = TableMapping(
    timestamp_format=("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S.%f"),
    date_format=("%d/%m/%Y",),
    time_zone="Europe/Paris",
    true_values=("Oui",),
    false_values=("Non",),
)
PARIS = TableMapping(time_zone="Europe/Paris")
ZONED = TableMapping(timestamp_format=("%d/%m/%Y %H:%M %z",), time_zone="Europe/Paris")
DAY = datetime(2024, 1, 31)


def read(text: str, kind: ColumnType, layout: TableMapping = STANDARD) -> Any:
    typed, held = casts.from_text("v", kind, layout), casts.bounded("t", kind)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        query = f"select {held} from (select {typed} as t from (select ?::varchar as v))"
        return connection.execute(query, [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-31", DAY),
        ("2024-01-31T10:30", datetime(2024, 1, 31, 10, 30)),
        ("2024-01-31 10:30:15", datetime(2024, 1, 31, 10, 30, 15)),
        ("2024-01-31T10:30Z", datetime(2024, 1, 31, 10, 30)),
        ("2024-01-31T10:30:15.5Z", datetime(2024, 1, 31, 10, 30, 15, 500_000)),
        ("2024-01-31T10:30:15.123456999", datetime(2024, 1, 31, 10, 30, 15, 123_456)),
        ("2024-01-31T10:30:15.123456999Z", datetime(2024, 1, 31, 10, 30, 15, 123_456)),
        ("2024-01-31T10:30:15.123456999-01:00", datetime(2024, 1, 31, 11, 30, 15, 123_456)),
        ("2024-01-31T10:30+02:00", datetime(2024, 1, 31, 8, 30)),
        ("2024-01-31T10:30+0530", datetime(2024, 1, 31, 5, 0)),
        ("2024-01-31 10:30:00-08", datetime(2024, 1, 31, 18, 30)),
        ("2024-02-29T23:59:59-00:01", datetime(2024, 3, 1, 0, 0, 59)),
        ("1970-01-01", datetime(1970, 1, 1)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1)),
        ("9999-12-31T23:59:59.999999", datetime(9999, 12, 31, 23, 59, 59, 999_999)),
    ],
)
def test_instants(text: str, instant: datetime) -> None:
    assert read(text, ColumnType.INSTANT) == instant


@pytest.mark.parametrize(
    "text",
    [
        *("10:30", "31/01/2024", "2024/01/31", "2024-1-31", "20240131", "2024-01-31T1030"),
        *("2024-02-30", "2023-02-29", "2024-01-31T24:00:00", "2024-01-31T23:59:60"),
        *("2024-01-31T10:30:00 UTC", "2024-01-31T10:30:00 Europe/Paris", "2024-01-31T10"),
        *("2024-01-31T10:30:00+15:00", "2024-01-31T10:30:00+02:60", "2024-01-31T10:30:00."),
        *("2024-01-31+02:00", " 2024-01-31", "2024-01-31 ", "2024-01-31\n", "infinity", "epoch"),
        *("1706697000", "now", "2024-01-31 (BC)", "0000-01-01", "12024-01-31", "-2024-01-31"),
        *(
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+01:00",
            "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0663\u0661",
        ),
        "2024-01-31T10:30:00z",
    ],
)
def test_no_instants(text: str) -> None:
    assert read(text, ColumnType.INSTANT) is None


@pytest.mark.parametrize(
    ("text", "layout", "instant"),
    [
        ("31/01/2024 10:30", FRENCH, datetime(2024, 1, 31, 9, 30)),
        ("31/07/2024 10:30", FRENCH, datetime(2024, 7, 31, 8, 30)),
        ("31/01/2024", FRENCH, datetime(2024, 1, 30, 23, 0)),
        ("31/01/2024 10:30:00.25", FRENCH, datetime(2024, 1, 31, 9, 30, 0, 250_000)),
        ("27/10/2024 02:30", FRENCH, datetime(2024, 10, 27, 1, 30)),
        ("31/03/2024 02:30", FRENCH, datetime(2024, 3, 31, 1, 30)),
        ("2024-01-31 10:30", FRENCH, None),
        ("01/31/2024 10:30", FRENCH, None),
        ("31/01/24 10:30", FRENCH, None),
        ("2024-01-31 10:30", PARIS, datetime(2024, 1, 31, 9, 30)),
        ("2024-01-31T10:30:00Z", PARIS, datetime(2024, 1, 31, 10, 30)),
        ("2024-01-31T10:30:00+00:00", PARIS, datetime(2024, 1, 31, 10, 30)),
        ("31/01/2024 10:30 +02:00", ZONED, datetime(2024, 1, 31, 8, 30)),
    ],
)
def test_instants_of_other_layouts(
    text: str, layout: TableMapping, instant: datetime | None
) -> None:
    assert read(text, ColumnType.INSTANT, layout) == instant


@pytest.mark.parametrize(
    ("kind", "layout", "text", "value"),
    [
        (ColumnType.DATE, STANDARD, "2024-01-31", date(2024, 1, 31)),
        (ColumnType.DATE, STANDARD, "2024-01-31T00:00:00Z", date(2024, 1, 31)),
        (ColumnType.DATE, STANDARD, "2024-01-31 10:00", None),
        (ColumnType.DATE, STANDARD, "31/01/2024", None),
        (ColumnType.DATE, STANDARD, "2024-02-30", None),
        (ColumnType.DATE, FRENCH, "31/01/2024", date(2024, 1, 31)),
        (ColumnType.DATE, FRENCH, "31/01/24", None),
        (ColumnType.FLAG, STANDARD, "TRUE", True),
        (ColumnType.FLAG, STANDARD, "t", True),
        (ColumnType.FLAG, STANDARD, "Yes", True),
        (ColumnType.FLAG, STANDARD, "1", True),
        (ColumnType.FLAG, STANDARD, "no", False),
        (ColumnType.FLAG, STANDARD, "0", False),
        (ColumnType.FLAG, STANDARD, "2", None),
        (ColumnType.FLAG, STANDARD, "oui", None),
        (ColumnType.FLAG, FRENCH, "oui", True),
        (ColumnType.FLAG, FRENCH, "NON", False),
        (ColumnType.WHOLE, STANDARD, "-12", -12),
        (ColumnType.WHOLE, STANDARD, "12.0", 12),
        (ColumnType.WHOLE, STANDARD, "12.5", None),
        (ColumnType.WHOLE, STANDARD, "1e3", None),
        (ColumnType.WHOLE, STANDARD, "1_000", None),
        (ColumnType.WHOLE, STANDARD, "0x10", None),
        (ColumnType.WHOLE, STANDARD, " 12", None),
        (ColumnType.WHOLE, STANDARD, "99999999999999999999", None),
        (ColumnType.WHOLE, COMMAS, "1 200", 1200),
        (ColumnType.NUMBER, STANDARD, "+1234.5", 1234.5),
        (ColumnType.NUMBER, STANDARD, ".5", 0.5),
        (ColumnType.NUMBER, STANDARD, "1.5E3", 1500.0),
        (ColumnType.NUMBER, STANDARD, "nan", None),
        (ColumnType.NUMBER, STANDARD, "inf", None),
        (ColumnType.NUMBER, STANDARD, "1e999", None),
        (ColumnType.NUMBER, STANDARD, "1,5", None),
        (ColumnType.NUMBER, STANDARD, "1_000", None),
        (ColumnType.NUMBER, STANDARD, "12 €", None),
        (ColumnType.NUMBER, COMMAS, "1234,5", 1234.5),
        (ColumnType.NUMBER, COMMAS, "1\u202f234\u00a0567,89", 1234567.89),
        (ColumnType.NUMBER, COMMAS, "12 34,5", None),
        (ColumnType.NUMBER, COMMAS, "1234.5", None),
        (ColumnType.JSON, STANDARD, '{"a": [1, null, "x"]}', '{"a": [1, null, "x"]}'),
        (ColumnType.JSON, STANDARD, '{"a": "nan, inf,]"}', '{"a": "nan, inf,]"}'),
        (ColumnType.JSON, STANDARD, r'{"a": "\",nan"}', r'{"a": "\",nan"}'),
        (ColumnType.JSON, STANDARD, '"text"', '"text"'),
        (ColumnType.JSON, STANDARD, '{"a": NaN}', None),
        (ColumnType.JSON, STANDARD, '{"a": -Infinity}', None),
        (ColumnType.JSON, STANDARD, "[1, 2,\n]", None),
        (ColumnType.JSON, STANDARD, "{'a': 1}", None),
        (ColumnType.JSON, STANDARD, '{"a": 1', None),
        (ColumnType.JSON, STANDARD, "nan", None),
    ],
)
def test_values(kind: ColumnType, layout: TableMapping, text: str, value: object) -> None:
    found = read(text, kind, layout)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("table", "column", "sql", "value"),
    [
        ("contacts", "contact_id", "17", "17"),
        ("contacts", "contact_id", "17::ubigint", "17"),
        ("contacts", "contact_id", "17.0::double", "17"),
        ("contacts", "contact_id", "17::decimal(18, 0)", "17"),
        ("contacts", "contact_id", "''", None),
        ("contacts", "contact_id", r"'\xC3\xA9'::blob", "é"),
        ("contacts", "contact_id", "true", "true"),
        (
            "contacts",
            "contact_id",
            "uuid '123e4567-e89b-12d3-a456-426614174000'",
            "123e4567-e89b-12d3-a456-426614174000",
        ),
        (
            "contacts",
            "created_at",
            "timestamp '2024-07-31 10:30:00'",
            datetime(2024, 7, 31, 10, 30),
        ),
        (
            "contacts",
            "created_at",
            "timestamptz '2024-07-31 10:30:00+02'",
            datetime(2024, 7, 31, 8, 30),
        ),
        (
            "contacts",
            "created_at",
            "'2024-07-31 10:30:00.1234569'::timestamp_ns",
            datetime(2024, 7, 31, 10, 30, 0, 123_456),
        ),
        (
            "contacts",
            "created_at",
            "'2024-07-31 10:30:00'::timestamp_s",
            datetime(2024, 7, 31, 10, 30),
        ),
        ("contacts", "created_at", "date '2024-07-31'", datetime(2024, 7, 31)),
        ("contacts", "created_at", "'2024-07-31T10:30:00+02:00'", datetime(2024, 7, 31, 8, 30)),
        ("contacts", "is_deleted", "1", True),
        ("contacts", "is_deleted", "'no'", False),
        ("companies", "employee_count", "12.0::double", 12),
        ("companies", "employee_count", "12::hugeint", 12),
        ("companies", "employee_count", "12::decimal(9, 2)", 12),
        ("companies", "annual_revenue", "0.1::float", 0.1),
        ("companies", "annual_revenue", "12.34::decimal(18, 2)", 12.34),
        ("companies", "annual_revenue", "7", 7.0),
        ("companies", "annual_revenue", "'7.5'", 7.5),
        ("events", "properties", "{'a': [1]}", '{"a":[1]}'),
        ("events", "properties", "map {'a': 1}", '{"a":1}'),
        ("events", "properties", "'{}'::json", "{}"),
        ("campaign_costs", "cost_date", "timestamp '2024-07-31'", date(2024, 7, 31)),
        ("campaign_costs", "cost_date", "timestamptz '2024-07-31 00:00:00+00'", date(2024, 7, 31)),
    ],
)
def test_parquet_types(scene: Scene, table: str, column: str, sql: str, value: object) -> None:
    needed = {
        "contacts": {"contact_id": "'c'", "created_at": "now()", "updated_at": "now()"},
        "companies": {"company_id": "'k'", "updated_at": "now()"},
        "events": {"event_id": "'e'", "occurred_at": "now()", "event_type": "'x'"},
        "campaign_costs": {
            "campaign_id": "'k'",
            "cost_date": "current_date",
            "amount": "1",
            "currency": "'EUR'",
        },
    }[table] | {column: sql}
    columns = ", ".join(f"{sql} as {name}" for name, sql in needed.items())
    scene.put_parquet(f"{table}.parquet", f"select {columns}")
    scene.load()
    [(found,)] = scene.rows(f"select {column} from raw.{table}")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_the_machines_time_zone_does_not_matter(
    scene: Scene, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        scene.put(
            "reps.csv", "rep_id,updated_at\na,2024-07-31 10:30\nb,2024-07-31T10:30:00+02:00\n"
        )
        scene.put_parquet(
            "deal_contacts.parquet",
            "select 'd' deal_id, 'c' contact_id, timestamptz '2024-07-31 10:30:00+02' updated_at",
        )
        scene.load()
        assert scene.rows("select updated_at from raw.reps order by rep_id") == [
            (datetime(2024, 7, 31, 10, 30),),
            (datetime(2024, 7, 31, 8, 30),),
        ]
        assert scene.rows("select updated_at from raw.deal_contacts") == [
            (datetime(2024, 7, 31, 8, 30),)
        ]
    finally:
        monkeypatch.undo()
        time.tzset()
