"""Pages of a long table: every row once, in order, however one goes through them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import duckdb
import pytest

from orchestration.audit_page.filters import Condition
from orchestration.audit_page.listing import Listing, Page, Place, Row, Start
from orchestration.warehouse import Connection
from orchestration.warehouse.duckdb_file import DuckDBConnection

ROWS = 103
LISTING = Listing("rows_of_table", ("id", "value"), instant="happened_at", key="id")


@pytest.fixture
def connection() -> Iterator[Connection]:
    with duckdb.connect(":memory:") as raw:
        # seven rows share each instant, so that pages end between rows of one instant
        raw.execute(
            "create table rows_of_table as select printf('k%03d', (i * 37) % 103) as id, "
            "i % 2 as value, timestamp '2026-01-01' + interval (i // 7) hour as happened_at "
            f"from range({ROWS}) as numbers(i)"
        )
        yield DuckDBConnection(raw)


def expected(connection: Connection, where: str = "true") -> list[str]:
    return [
        str(key)
        for (key,) in connection.execute(
            f"select id from rows_of_table where {where} order by happened_at desc, id desc"
        ).fetchall()
    ]


def ids(rows: list[Row]) -> list[str]:
    return [str(row["id"]) for row in rows]


def walk(connection: Connection, wanted: Condition, size: int) -> list[Page]:
    pages = [LISTING.page(connection, wanted, Start(), size)]
    while (older := pages[-1].older) is not None:
        pages.append(LISTING.page(connection, wanted, Start(older), size))
    return pages


@pytest.mark.parametrize("size", [1, 7, 10, 102, 103, 104])
def test_every_row_once_and_back_again(connection: Connection, size: int) -> None:
    pages = walk(connection, Condition(), size)
    assert [key for page in pages for key in ids(page.rows)] == expected(connection)
    assert pages[0].newer is None
    for number, page in enumerate(pages):
        assert (page.total, page.first) == (ROWS, number * size + 1)
        assert page.last == min(ROWS, (number + 1) * size)
    for before, after in pairwise(pages):
        assert after.newer is not None
        back = LISTING.page(connection, Condition(), Start(after.newer, is_newer=True), size)
        assert back == before


def test_filtered(connection: Connection) -> None:
    pages = walk(connection, Condition("value = $value", {"value": 1}), 20)
    found = [key for page in pages for key in ids(page.rows)]
    assert found == expected(connection, "value = 1")
    assert pages[0].total == len(found) == 51


def test_nothing_and_beyond_the_end(connection: Connection) -> None:
    assert LISTING.page(connection, Condition("false"), Start()) == Page([], 0, 0, None, None)
    end = Place(datetime(2000, 1, 1), "")
    assert LISTING.page(connection, Condition(), Start(end), 50).first == 1


@pytest.mark.parametrize("at_once", [1, 50, 103, 1_000])
def test_all_rows_some_at_a_time(connection: Connection, at_once: int) -> None:
    rows = list(LISTING.all_rows(connection, Condition(), at_once))
    assert ids(rows) == expected(connection)
