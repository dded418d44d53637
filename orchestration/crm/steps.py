"""What became of a record, step by step: how a step is written down, and read as a change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestration.crm.destination import Change, Outcome
from orchestration.warehouse import Connection

STEP_COLUMNS = {
    "place": "bigint",
    "sequence": "bigint",
    "object_id": "varchar",
    "lead_id": "varchar",
    "change_id": "varchar",
    "properties": "varchar",
    "before": "varchar",
    "outcome": "varchar",
    "reason": "varchar",
    "http_status": "integer",
    "error_category": "varchar",
    "attempt": "integer",
    "sent_to": "varchar",
    "echo": "varchar",
}


def now() -> datetime:
    """This instant, in UTC, as the warehouse keeps instants."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Step:
    """A step of a record: what became of it, and what the CRM said."""

    change: Change
    outcome: Outcome
    reason: str | None = None
    http_status: int | None = None
    error_category: str | None = None
    echo: Mapping[str, str] | None = None


def row_of(step: Step, place: int, sequence: int) -> tuple[object, ...]:
    """A step as a row of `STEP_COLUMNS`."""
    change = step.change
    return (
        *(place, sequence, change.object_id, change.lead_id, change.change_id),
        *(_json(change.properties), _json(change.before)),
        *(step.outcome.value, step.reason, step.http_status, step.error_category),
        *(change.attempt, change.sent_to),
        _json(step.echo) if step.echo else None,
    )


def changes_of(connection: Connection, sql: str, values: dict[str, Any]) -> Iterator[Change]:
    """Rows of sequence, object_id, lead_id, change_id, properties, before, record, attempt, echo,
    sent_to, ours; the last are optional."""
    for row in connection.stream(sql, values):
        sequence, object_id, lead_id, change_id, properties, before, record, attempt = row[:8]
        echo, sent_to, ours = (*row[8:], "{}")[:3]
        yield Change(
            sequence=sequence,
            object_id=object_id,
            lead_id=lead_id,
            change_id=change_id,
            properties=json.loads(properties),
            before=json.loads(before),
            record=json.loads(record),
            attempt=attempt,
            echo=json.loads(echo),
            sent_to=sent_to,
            ours=json.loads(ours),
        )


def _json(values: Mapping[str, str | None]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, separators=(",", ":"))
