"""CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest

from orchestration.audit_page.spreadsheet import BYTE_ORDER_MARK, cell, csv_text
from orchestration.spreadsheet import guarded


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33612",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\uff1d1",
        '=HYPERLINK("x")',
    ],
)
def test_a_formula_becomes_text(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["ct-0000001", "", "a=b", "signal:x|decay:y", "é", "2026-01", "'=1"]
)
def test_other_texts_stay(text: str) -> None:
    assert guarded(text) == text


def test_cells() -> None:
    assert cell(None) == ""
    assert cell(-5) == "-5"
    assert cell(datetime(2026, 3, 3, 9, 0, 1)) == "2026-03-03T09:00:01Z"


@pytest.mark.parametrize("rows", [0, 1, 999, 1_000, 1_001, 2_500])
def test_all_rows_once_under_one_header(rows: int) -> None:
    given = [{"lead_id": f"=c{number}", "said": 'a "b",\nc'} for number in range(rows)]
    pieces = list(csv_text(("lead_id", "said"), given))
    text = "".join(pieces)
    assert text.startswith(BYTE_ORDER_MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert read == [["lead_id", "said"], *([f"'=c{n}", 'a "b",\nc'] for n in range(rows))]
    assert max(piece.count("'=c") for piece in pieces) <= 1_000
