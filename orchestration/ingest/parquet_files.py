"""Parquet files into temporary tables. Where a CSV problem names its line, these name the row."""

from __future__ import annotations

import duckdb

from orchestration.errors import Problem
from orchestration.ingest import casts
from orchestration.ingest.columns import resolve
from orchestration.ingest.staging import Row, Session, Staged, Value, column_of


def stage_parquet(session: Session, staged: Staged) -> None:
    """Read the file into its temporary table, or say in `staged.problems` what is wrong.

    Line numbers of problems are row numbers, from 1. Other types than the contract's are cast
    where no value changes its meaning (whole numbers to text, DECIMAL to number).
    """
    source = f"read_parquet({session.link(staged, staged.arrival.path)}, hive_partitioning = false"
    try:
        values = _values(session, staged, f"{source})")
        if staged.problems:
            return
        session.create(staged, f"{source})", values)
        if wrong := session.wrong_rows(staged):
            rows = _find_rows(session, f"{source}, file_row_number = true)", wrong, values)
            session.report_values(staged, wrong, rows, values)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(session.scratch), "")
        staged.refuse(
            "expected a whole Parquet file; it may have been cut off or be of another kind, "
            f"so export and send it again ({reason})"
        )


def _values(session: Session, staged: Staged, source: str) -> list[Value]:
    arrival = staged.arrival
    described = session.connection.execute(f"describe select * from {source}").fetchall()
    resolved, problems = resolve(arrival, [row[0] for row in described], None)
    staged.problems += problems
    staged.unknown_columns = resolved.unknown
    values = []
    for name, position in resolved.positions.items():
        header, found = described[position][:2]
        column, cell = column_of(arrival, name), casts.identifier(header)
        typed = casts.from_parquet(cell, found, column.type, arrival.layout)
        if typed is None:
            wanted = casts.expected(column.type, arrival.layout)
            problem = Problem(arrival.name, None, name, f"the Parquet type {found}", wanted)
            staged.problems.append(problem)
        else:
            values.append(Value(column, cell, casts.is_filled(cell, found), typed))
    return values


def _find_rows(
    session: Session, source: str, wanted: dict[int, int], values: list[Value]
) -> dict[int, Row]:
    """Number and values of the rows at these places (from 0)."""
    texts = ", ".join(f"{value.arrived}::varchar" for value in values)
    places = ", ".join(str(place) for place in wanted)
    found = session.connection.execute(
        f"select file_row_number, {texts} from {source} where file_row_number in ({places})"
    ).fetchall()
    return {place: (place + 1, list(texts)) for place, *texts in found}
