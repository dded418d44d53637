"""Random rows, written as CSV and as Parquet, load equal and as they were written."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.conftest import Scene
from orchestration.ingest.csv_records import read_records

# no bare carriage return: Python's csv writes it unquoted, and reads it as the end of a line
TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), min_size=1, max_size=20
) | st.sampled_from(['"', ",", "\n", "\r\n", '","', '"\n"', " ", ' "a" ', ";", "\ufeff", "é"])
COLUMNS = ("event_id", "occurred_at", "event_type", "content_title", "properties")
JSON = st.dictionaries(TEXT, TEXT | st.integers() | st.booleans(), max_size=3).map(json.dumps)
INSTANT = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))
ROW = st.tuples(TEXT, INSTANT, st.none() | TEXT, st.none() | TEXT, st.none() | JSON)


def as_csv(rows: list[tuple[Any, ...]], end: str, quoting: Any) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=end, quoting=quoting)
    writer.writerow(COLUMNS)
    writer.writerows((row[0], row[1].isoformat(), *row[2:]) for row in rows)
    return file.getvalue().encode()


@settings(max_examples=12, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_csv_and_parquet_load_equal(rows: list[tuple[Any, ...]], end: str, quoting: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        texts, columns = Scene(Path(folder) / "csv"), Scene(Path(folder) / "parquet")
        path = texts.put("events.csv", as_csv(rows, end, quoting))
        columns.folder.mkdir(parents=True)
        with duckdb.connect() as connection:
            connection.execute(
                "create table t (event_id varchar, occurred_at timestamp, event_type varchar, "
                "content_title varchar, properties varchar)"
            )
            connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
            connection.execute(f"copy t to '{columns.folder}/events.parquet'")
        query = f"select {', '.join(COLUMNS)} from raw.events order by _row"
        texts.load()
        columns.load()
        assert columns.rows(query) == rows
        assert texts.rows(query) == rows
        assert_lines_are_physical(path, len(rows))


def assert_lines_are_physical(path: Path, count: int) -> None:
    """Cutting the file before a record's line leaves exactly the records before it."""
    lines = path.read_bytes().split(b"\n")
    records = list(read_records(path, ",", '"'))
    assert len(records) == count + 1
    assert not any(record.faults for record in records)
    for place, record in enumerate(records):
        start = "\n".join(line.decode() for line in lines[record.line - 1 :])
        first = next(csv.reader(io.StringIO(start, newline="")))
        assert record.fields[0].strip() == first[0].strip(), place
