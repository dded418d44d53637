"""What the CRM was told about erased people, in the ledger and in the files of the outbox.

Ids, stages, scores, instants and outcomes stay: they are the record of what was said. Texts that
retell what a person did are replaced by a word, which also makes the next sync say them anew.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from orchestration.crm.ledger import Ledger
from orchestration.crm.mapping import CLOSING_COLUMNS, MAPPINGS, read_mapping
from orchestration.erasure.raw_rows import ERASED
from orchestration.ingest.casts import literal
from orchestration.spreadsheet import inert
from orchestration.warehouse import Connection

# Columns of crm_lead_status that say where somebody stands, and not what they did.
KEPT_COLUMNS = frozenset(
    {
        *CLOSING_COLUMNS,
        *("stage", "stage_since", "temperature", "score", "icp_grade"),
        *("boxes_ticked", "sla_due_at", "is_call_recommended", "next_action"),
        "definition_version",
    }
)


def kept_properties() -> frozenset[str]:
    """The CRM's properties, in any mapping, that hold a kept column."""
    mappings = [read_mapping(file.stem) for file in sorted(MAPPINGS.glob("*.yml"))]
    return frozenset(
        each.property
        for mapping in mappings
        for each in mapping.properties
        if each.column in KEPT_COLUMNS
    )


def redact_payloads(connection: Connection) -> dict[str, int]:
    """Redact the ledger's payloads of the contacts in `people_contacts`; rows by table."""
    there = connection.tables("crm_sync")
    theirs = (
        "(object_id in (select contact_id from people_contacts) "
        "or lead_id in (select contact_id from people_contacts))"
    )
    for scratch in ("plan", "draft"):
        if scratch in there:
            connection.execute(f"delete from crm_sync.{scratch} where {theirs}")
    if "sync_records" not in there:
        return {}
    Ledger(connection, "").create_tables()  # an older ledger lacks columns
    payloads = connection.execute(
        "select distinct cast(properties as varchar), cast(before as varchar), "
        f"cast(echo as varchar) from crm_sync.sync_records where {theirs}"
    ).fetchall()
    told = {text for texts in payloads for text in texts if text is not None}
    connection.temp_rows(
        "redacted_payloads",
        {"told": "varchar", "redacted": "varchar"},
        [(text, _redacted(text)) for text in sorted(told)],
    )

    def redacted(column: str) -> str:
        return (
            "(select cast(redacted as json) from redacted_payloads "
            f"where told = cast({column} as varchar))"
        )

    count = connection.changed(
        f"update crm_sync.sync_records set properties = {redacted('properties')}, "
        f"before = {redacted('before')}, "
        f"echo = case when echo is not null then {redacted('echo')} end, "
        # the CRM's own words about a record may quote it
        "reason = case when http_status is not null or error_category is not null "
        f"or outcome in ('rejected', 'retry', 'skipped') then {literal(ERASED)} else reason end "
        f"where {theirs}"
    )
    counts = {"crm_sync.sync_records": count}
    if "sync_conflicts" in there:
        kept = ", ".join(map(literal, sorted(kept_properties())))
        blanked = ", ".join(
            f"{column} = case when {column} is null or {column} = '' then {column} "
            f"else {literal(ERASED)} end"
            for column in ("wanted", "told", "found")
        )
        counts["crm_sync.sync_conflicts"] = connection.changed(
            f"update crm_sync.sync_conflicts set {blanked} "
            f"where {theirs} and property not in ({kept})"
        )
    return {table: count for table, count in counts.items() if count or table.endswith("records")}


def _redacted(payload: str) -> str:
    """A payload whose texts are replaced; what says nothing goes on saying nothing."""
    kept = kept_properties()
    told = {
        name: value if name in kept or not value else ERASED
        for name, value in json.loads(payload).items()
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def redact_outbox(outbox: Path, contacts: Collection[str]) -> list[Path]:
    """Empty the texts in the rows of these contacts, in every file of the outbox; those changed.

    Each file is replaced whole, so a reader sees the old or the new one. A file that was never
    finished is deleted, as the next sync would.
    """
    changed = []
    for part in sorted(outbox.glob("*.part")):
        part.unlink()
        changed.append(part)
    theirs = {form for contact in contacts for form in (contact, inert(contact))}
    for file in sorted(outbox.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        redacted = list(_redacted_rows(rows, theirs, is_plan=file.name.startswith("plan-")))
        if redacted != rows:
            _replace(file, redacted)
            changed.append(file)
    return changed


def _redacted_rows(
    rows: Sequence[list[str]], contacts: Collection[str], *, is_plan: bool
) -> Iterator[list[str]]:
    """Rows as they may stay: the first cell is the CRM's record id.

    A plan has a property a row (id, lead, property, before, after), an importer's file a column.
    """
    kept = kept_properties()
    header = rows[0] if rows else []
    for place, row in enumerate(rows):
        if place == 0 or not row or row[0] not in contacts:
            yield row
        elif is_plan:
            yield row if row[2] in kept else [*row[:3], "", ""]
        else:
            yield row[:1] + [
                cell if name in kept else "" for name, cell in zip(header[1:], row[1:], strict=True)
            ]


def _replace(file: Path, rows: Iterable[list[str]]) -> None:
    part = file.with_suffix(".redacted")
    with part.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
