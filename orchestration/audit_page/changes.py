"""Stage changes: which there are, how many a day and from what cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from orchestration.audit_page.filters import Condition
from orchestration.audit_page.listing import Listing
from orchestration.warehouse import Connection

TABLE = "marts.lead_stage_changes"
CHANGES = Listing(
    TABLE,
    (
        "change_id",
        "lead_id",
        "change_number",
        "changed_at",
        "from_stage",
        "to_stage",
        "path",
        "cause",
        "cause_fact_id",
        "score_before",
        "score_after",
        "boxes_before",
        "boxes_after",
        "epoch",
        "definition_version",
        "explanation_en",
        "explanation_fr",
    ),
    instant="changed_at",
    key="change_id",
)
KINDS_SHOWN = 6
OTHER = "other"


@dataclass(frozen=True)
class Daily:
    """Changes per day (UTC) by the kind of their first cause, the most frequent kind first."""

    kinds: list[str]
    counts: dict[date, dict[str, int]]
    """Days that have changes, in order; by kind."""

    def totals(self) -> dict[str, int]:
        """By kind."""
        return {kind: sum(day.get(kind, 0) for day in self.counts.values()) for kind in self.kinds}


@dataclass(frozen=True)
class Choices:
    """What there is to choose from."""

    causes: list[str]
    versions: list[str]


def latest_change(connection: Connection) -> datetime | None:
    """The instant (naive UTC) of the latest change; None when there is none."""
    row = connection.execute(f"select max(changed_at) from {TABLE}").fetchone()
    return row[0] if row else None


def changes_per_day(connection: Connection, wanted: Condition) -> Daily:
    """Of the changes that are wanted."""
    # causes are counted whole and split afterwards: there are few of them
    rows = connection.execute(
        "select day, split_part(split_part(cause, '|', 1), ':', 1) as kind, sum(changes) "
        "from (select cast(changed_at as date) as day, cause, count(*) as changes "
        f"from {TABLE} where {wanted.sql} group by 1, 2) as counted "
        "group by 1, 2 order by 1, 2",
        dict(wanted.values),
    ).fetchall()
    return fold([(day, str(kind), int(changes)) for day, kind, changes in rows])


def fold(rows: Sequence[tuple[date, str, int]], shown: int = KINDS_SHOWN) -> Daily:
    """Rows of (day, kind, changes), the rare kinds as one."""
    totals: dict[str, int] = {}
    for _, kind, changes in rows:
        totals[kind] = totals.get(kind, 0) + changes
    frequent = sorted(totals, key=lambda kind: (-totals[kind], kind))
    kept = frequent if len(frequent) <= shown + 1 else frequent[:shown]
    counts: dict[date, dict[str, int]] = {}
    for day, kind, changes in rows:
        name = kind if kind in kept else OTHER
        of_day = counts.setdefault(day, {})
        of_day[name] = of_day.get(name, 0) + changes
    return Daily([*kept, OTHER] if len(kept) < len(frequent) else kept, counts)


def choices(connection: Connection) -> Choices:
    """Causes, with the kinds that have several (`decay:`), and versions of the definition."""
    causes = _column(connection, f"select distinct cause from {TABLE}")
    parts = {part for cause in causes for part in cause.split("|")}
    kinds = {part[: part.index(":") + 1] for part in parts if ":" in part}
    versions = _column(
        connection, f"select distinct definition_version from {TABLE} order by 1 desc"
    )
    return Choices(sorted(parts | kinds), versions)


def _column(connection: Connection, query: str) -> list[str]:
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return [str(value) for (value,) in rows if value is not None]
