"""The two tables of the audit: the log of statements, and the digests that seal it.

Both are permanent: no run rebuilds them, and nothing in them is ever altered.
"""

from __future__ import annotations

from orchestration.warehouse import Connection

LOG = "marts.lead_stage_audit"
DIGESTS = "marts.audit_digests"

LOG_COLUMNS = {
    "audit_id": ("bigint", "1 for the first statement of the log, then 2 ... without gaps."),
    "recorded_at": ("timestamp", "Instant (UTC) at which it was said."),
    "run_id": ("varchar", "The run that said it; see audit_digests."),
    "statement": ("varchar", "asserted: from now on we say so; retracted: we no longer do."),
    "reason": (
        "varchar",
        "Why it was said then: new, late_data, definition_changed, code_changed, erasure.",
    ),
    "change_id": ("varchar", "The change spoken of; see lead_stage_changes."),
    "lead_id": ("varchar", "The person, under the id they had then."),
    "change_number": ("integer", "Place of the change among the lead's, as counted then."),
    "changed_at": ("timestamp", "Instant (UTC) of the change in the business."),
    "from_stage": ("varchar", "Stage before; null for none."),
    "to_stage": ("varchar", "Stage after; null for none."),
    "path": ("varchar", "The way into the stage."),
    "cause": ("varchar", "The facts that turned the rule, joined by |."),
    "cause_fact_id": ("varchar", "Ids of those facts in the same order, joined by |."),
    "score_before": ("integer", "Score before the change; null for the first."),
    "score_after": ("integer", "Score after the change."),
    "boxes_before": ("varchar", "The six boxes before, y, n or ? each."),
    "boxes_after": ("varchar", "The six boxes after, y, n or ? each."),
    "epoch": ("integer", "How often the lead had been sent back by then."),
    "definition_version": ("varchar", "Version of the definition that judged."),
}
DIGEST_COLUMNS = {
    "run_number": ("bigint", "1 for the first run that was sealed, then 2 ... without gaps."),
    "run_id": ("varchar", "The run; see control.runs."),
    "recorded_at": ("timestamp", "Instant (UTC) at which the run spoke."),
    "rows_in_run": ("bigint", "Statements the run added to the log; 0 when it had nothing to say."),
    "rows_so_far": ("bigint", "Statements in the log after the run."),
    "digest": ("varchar", "SHA-256 of the run's statements, in hexadecimal."),
    "chained_digest": (
        "varchar",
        "SHA-256 of the previous run's chained digest and of every other column of this row.",
    ),
}
CHANGE_COLUMNS = tuple(LOG_COLUMNS)[tuple(LOG_COLUMNS).index("change_id") :]
"""The columns that say what a change is, as `marts.lead_stage_changes` has them."""


def create_tables(connection: Connection) -> None:
    """Make the tables that are not there yet, with what each column means."""
    connection.execute("create schema if not exists marts")
    _create(connection, LOG, LOG_COLUMNS)
    _create(connection, DIGESTS, DIGEST_COLUMNS)


def _create(connection: Connection, table: str, columns: dict[str, tuple[str, str]]) -> None:
    if missing_tables(connection, table):
        body = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        connection.execute(f"create table {table} ({body})")
        for name, (_, meaning) in columns.items():
            text = meaning.replace("'", "''")
            connection.execute(f"comment on column {table}.{name} is '{text}'")


def missing_tables(connection: Connection, *tables: str) -> list[str]:
    """Those of the tables (`schema.name`) that the database does not have."""
    return [table for table in tables if not connection.has_table(*table.split("."))]
