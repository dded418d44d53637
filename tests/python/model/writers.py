"""Write histories and definitions as the files the project reads."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

from .definitions import COLUMNS, Definitions, History

RAW_COLUMNS = {
    "contacts": (
        "contact_id email first_name last_name job_title phone company_id country language "
        "lead_source source_agency owner_id merged_into_contact_id is_deleted created_at updated_at"
    ),
    "companies": (
        "company_id name domain industry employee_count annual_revenue country "
        "is_deleted updated_at"
    ),
    "events": (
        "event_id occurred_at event_type contact_id email anonymous_id page_url content_id "
        "content_title campaign_id channel properties"
    ),
    "sales_activities": (
        "activity_id contact_id occurred_at scheduled_at is_automated activity_type direction "
        "outcome rep_id need budget authority timing verdict reason"
    ),
    "deals": (
        "deal_id contact_id company_id owner_id status stage amount currency lost_reason "
        "created_at closed_at updated_at"
    ),
    "consents": ("consent_id contact_id email occurred_at kind channel legal_basis notice source"),
    "deal_contacts": "deal_id contact_id is_removed updated_at",
    "reps": "rep_id name email role team manager_id is_active updated_at",
    "campaign_costs": "campaign_id lead_source cost_date amount currency",
}


def as_text(value: Any) -> str:
    """A raw value as it stands in a file: empty for nothing, UTC instants with a Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return str(value)


def _write(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([as_text(row.get(name)) for name in columns] for row in rows)


def write_raw(history: History, folder: Path) -> None:
    """Write one CSV file per raw table, rows in landing order."""
    for table, columns in RAW_COLUMNS.items():
        _write(folder / f"{table}.csv", tuple(columns.split()), history.get(table, []))


def write_definitions(definitions: Definitions, seeds: Path) -> None:
    """Write `definitions/*.csv` and `reference/signal_catalogue.csv` of a seeds folder."""
    for table, columns in COLUMNS.items():
        folder = "reference" if table == "signal_catalogue" else "definitions"
        _write(seeds / folder / f"{table}.csv", columns, list(definitions.tables[table]))
