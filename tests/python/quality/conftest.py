"""A small warehouse with everything the gates look at, all of it sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.contract import TABLES, Column, ColumnType

ROWS = 200

STAGING = """
create schema staging;
create table staging.stg_contacts as select
    'c' || n as contact_id, 'p' || n || '@example.com' as email,
    timestamp '2025-01-01' as created_at, timestamp '2025-01-01' as updated_at,
    timestamp '2026-01-01' as _loaded_at, 1 as _batch from range(200) as numbers (n);
create table staging.stg_companies as select
    'o' || n as company_id, 10 as employee_count, 1.0 as annual_revenue,
    timestamp '2025-01-01' as updated_at, timestamp '2026-01-01' as _loaded_at, 1 as _batch
    from range(20) as numbers (n);
create table staging.stg_events as select
    'e' || n as event_id, timestamp '2025-02-01' as occurred_at, 'page_view' as event_type,
    'p' || n || '@example.com' as email, timestamp '2026-01-01' as _loaded_at, 1 as _batch,
    1 as _changed_batch from range(200) as numbers (n);
create table staging.stg_sales_activities as select
    'a' || n as activity_id, 'c' || n as contact_id, timestamp '2025-03-01' as occurred_at,
    'call' as activity_type, 'outbound' as direction, 'confirmed' as need,
    null::varchar as budget, 'denied' as authority, null::varchar as timing,
    null::varchar as verdict, timestamp '2026-01-01' as _loaded_at, 1 as _batch,
    1 as _changed_batch from range(50) as numbers (n);
create table staging.stg_deals as select
    'd' || n as deal_id, 'won' as status, 100.0 as amount, timestamp '2025-04-01' as created_at,
    timestamp '2025-05-01' as closed_at, timestamp '2025-05-01' as updated_at,
    timestamp '2026-01-01' as _loaded_at, 1 as _batch from range(10) as numbers (n);
create table staging.stg_consents as select
    's' || n as consent_id, 'c' || n as contact_id, null::varchar as email, 'informed' as kind,
    'all' as channel, timestamp '2025-01-02' as occurred_at,
    timestamp '2026-01-01' as _loaded_at, 1 as _batch from range(0) as numbers (n);
create table staging.staging_row_counts as select * from (values
    ('contacts', 1000, 990, 5, 5, 0), ('events', 200, 200, 0, 0, 0), ('consents', 0, 0, 0, 0, 0)
) as counts (table_name, rows_in, rows_staged, rows_duplicate, rows_quarantined, rows_waiting);
create schema reference;
create table reference.signal_catalogue as select 'Page_View' as event_type;
create table reference.closing_events as select 'hard_bounce' as event_type;
"""

MARTS = """
create schema marts_next;
create table marts_next.crm_lead_status as select
    'c' || n as crm_contact_id, 'p' || n as lead_id, 'x' || n as last_change_id,
    'mql' as stage, 'hot' as temperature, 'A' as icp_grade, 'call' as next_action,
    '2026-01' as definition_version, 'Became an MQL.' as last_change_explanation_en,
    'Devient MQL.' as last_change_explanation_fr, '2025-02-01 page' as engagement_history,
    'Guide' as last_contents, 'page 8' as score_signals, 72 as score, 1 as boxes_ticked,
    false as is_call_recommended, false as do_not_contact, false as do_not_email,
    false as do_not_phone, false as do_not_post,
    timestamp '2025-02-01' as stage_since, null::timestamp as sla_due_at
    from range(100) as numbers (n);
"""

VALUES = {
    ColumnType.INSTANT: "timestamp '2025-01-01'",
    ColumnType.DATE: "date '2025-01-01'",
    ColumnType.FLAG: "false",
    ColumnType.WHOLE: "1",
    ColumnType.NUMBER: "1.0",
    ColumnType.JSON: "null::json",
}


def raw_value(column: Column) -> str:
    return VALUES.get(column.type, f"'{column.name}' || n") + f' as "{column.name}"'


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Every table the gates look at."""
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema raw")
        for table in TABLES:
            columns = ", ".join(map(raw_value, table.stored))
            connection.execute(
                f"create table raw.{table.name} as select {columns} from range({ROWS}) as x (n)"
            )
        connection.execute(STAGING + MARTS)
    return file


@pytest.fixture
def change(warehouse: Path) -> Callable[[str], None]:
    """Spoil something; the file is closed afterwards."""

    def run(sql: str) -> None:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(sql)

    return run
