"""From Great Expectations' results to outcomes with the number of bad rows and an example.

For SQL expectations Great Expectations only tells how many rows came back. Those that failed are
asked once more: their rows are the bad rows, unless they sum up in a column `failed_rows` (and
`checked_rows`), one row per loader batch for instance. Examples outlive the rows they come from:
they never show personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.erasure.personal_data import masked_message, masked_value
from orchestration.quality.report import Outcome
from orchestration.quality.suites import Expectation

_ROWS_READ = 1_000
_EXAMPLE_LENGTH = 300


def outcome_of(
    expectation: Expectation,
    result: Any,
    *,
    engine: Any,
    table: str,
    batch: str,
    rows: int,
    remedy: str,
) -> Outcome:
    """The outcome of one expectation.

    Args:
        expectation: as the suite has it.
        result: Great Expectations' validation result of it.
        engine: SQLAlchemy engine on the warehouse, asked only where the expectation failed.
        table: schema and table.
        batch: the rows looked at, as SQL has them after `from`.
        rows: how many rows were looked at.
        remedy: what to do, for an expectation that does not say so itself.
    """
    failed_rows: int | None = 0
    checked_rows: int | None = rows
    example: str | None = None
    if not result.success:
        error = _error(result.exception_info)
        if error is not None:
            failed_rows, checked_rows, example = None, None, f"the error {masked_message(error)}"
        elif expectation.query is not None:
            failed_rows, checked_rows, example = _bad_rows(
                expectation.query, engine=engine, batch=batch, rows=rows
            )
        else:
            failed_rows, example = _reported(result.result, expectation.column)
    return Outcome(
        expectation=expectation.type,
        name=expectation.meta.name,
        table=table,
        column=expectation.column,
        owner=expectation.meta.owner,
        is_blocking=expectation.meta.blocking,
        success=bool(result.success),
        failed_rows=failed_rows,
        checked_rows=checked_rows if failed_rows is not None else None,
        example=example if example is None else example[:_EXAMPLE_LENGTH],
        remedy=expectation.meta.remedy or remedy,
    )


def _error(exception_info: Mapping[str, Any] | None) -> str | None:
    """What was raised: Great Expectations nests this per metric, or not."""
    for info in (exception_info or {}, *(exception_info or {}).values()):
        if isinstance(info, Mapping) and info.get("raised_exception"):
            return str(info.get("exception_message")).strip().splitlines()[0]
    return None


def _bad_rows(
    query: str, *, engine: Any, batch: str, rows: int
) -> tuple[int | None, int | None, str | None]:
    """Number of bad rows, of rows looked at, and the first bad one."""
    from sqlalchemy import text

    sql = query.format(batch=batch)
    with engine.connect() as connection:
        found = connection.execute(text(f"select * from ({sql}) as bad limit {_ROWS_READ}"))
        bad = [dict(row) for row in found.mappings().all()]
        count = connection.execute(text(f"select count(*) from ({sql}) as bad")).scalar()
    if not bad:
        return None, None, None
    example = ", ".join(
        f"{column} = {masked_value(column, value)}"
        for column, value in bad[0].items()
        if column not in ("failed_rows", "checked_rows")
    )
    if "failed_rows" not in bad[0]:
        return int(count or 0), rows, example
    checked = sum(int(row.get("checked_rows") or 0) for row in bad) or rows
    return sum(int(row["failed_rows"]) for row in bad), checked, example or None


def _reported(result: Mapping[str, Any], column: str | None) -> tuple[int | None, str | None]:
    """Number of bad rows and an example, from Great Expectations' own result."""
    if "unexpected_count" in result:
        values = result.get("partial_unexpected_list") or []
        return result["unexpected_count"], _shown(column, values[0]) if values else None
    details = (result.get("details") or {}).get("mismatched") or {}
    words = [
        f"{label} {', '.join(sorted(map(str, details[key])))}"
        for key, label in (("missing", "missing"), ("unexpected", "not expected"))
        if details.get(key)
    ]
    return None, "; ".join(words) or f"found {result.get('observed_value')}"


def _shown(column: str | None, value: object) -> str:
    return repr(masked_value(column, value) if isinstance(value, str) else value)
