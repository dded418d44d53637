"""CSV for spreadsheets, a few rows at a time, in which no text is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestration.spreadsheet import guarded

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for another encoding, and spoils every accent."""
_LINES_AT_ONCE = 1_000


def cell(value: object) -> str:
    """A value as it is written: instants (naive UTC) in ISO 8601, numbers as they are."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return guarded(value) if isinstance(value, str) else str(value)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The file in pieces, with a header."""
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write(BYTE_ORDER_MARK)
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(row[column]) for column in columns])
        if number % _LINES_AT_ONCE == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()
