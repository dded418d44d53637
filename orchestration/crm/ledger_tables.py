"""The tables of the ledger, as RevOps reads them: schema `crm_sync`."""

from __future__ import annotations

from orchestration.warehouse import Connection

TABLES = """
create schema if not exists crm_sync;
create sequence if not exists crm_sync.record_ids;
create table if not exists crm_sync.sync_runs (
    run varchar not null,
    destination varchar not null,
    mode varchar not null,
    state varchar not null,
    started_at timestamp not null,
    ended_at timestamp,
    started_by varchar not null,
    planned bigint not null,
    held bigint not null,
    acknowledged bigint not null,
    rejected bigint not null,
    retry bigint not null,
    unknown bigint not null,
    superseded bigint not null,
    skipped bigint not null
);
create table if not exists crm_sync.sync_records (
    record_id bigint not null default nextval('crm_sync.record_ids'),
    run varchar not null,
    sequence bigint not null,
    destination varchar not null,
    object_id varchar not null,
    lead_id varchar,
    change_id varchar,
    properties json not null,
    before json not null,
    outcome varchar not null,
    reason varchar,
    http_status integer,
    error_category varchar,
    attempt integer not null,
    recorded_at timestamp not null,
    sent_to varchar,
    echo json
);
create table if not exists crm_sync.sync_plans (
    run varchar not null,
    destination varchar not null,
    plan_hash varchar not null,
    mapping varchar not null,
    rows_in_mart bigint not null,
    figures json not null,
    reasons json not null,
    planned_at timestamp not null
);
create table if not exists crm_sync.sync_approvals (
    run varchar not null,
    destination varchar not null,
    plan_hash varchar not null,
    approved_by varchar not null,
    approved_at timestamp not null
);
create table if not exists crm_sync.sync_conflicts (
    run varchar not null,
    destination varchar not null,
    object_id varchar not null,
    lead_id varchar,
    property varchar not null,
    policy varchar not null,
    wanted varchar not null,
    told varchar,
    found varchar not null,
    edited_by varchar,
    edited_at varchar,
    recorded_at timestamp not null
);
create or replace view crm_sync.open_conflicts as
select destination, object_id, property, policy, wanted, told, found, edited_by, edited_at,
    recorded_at, lead_id
from (
    select *, row_number() over (
        partition by destination, object_id, property order by recorded_at desc
    ) as recency
    from crm_sync.sync_conflicts
) as conflicts
where recency = 1 and not exists (
    select 1 from crm_sync.sync_records as later
    where
        later.destination = conflicts.destination and later.object_id = conflicts.object_id
        and later.outcome = 'acknowledged' and later.recorded_at > conflicts.recorded_at
        and (later.properties ->> conflicts.property) is not null
);
create or replace view crm_sync.parked as
with refused as (
    select destination, object_id, property, max(record_id) as record_id
    from (
        select destination, object_id, record_id, $keys as property
        from crm_sync.sync_records
        where outcome = 'rejected'
    ) as named
    group by destination, object_id, property
),
first_refused as (
    select destination, object_id, min(record_id) as record_id
    from crm_sync.sync_records
    where outcome = 'rejected'
    group by destination, object_id
),
later as (
    select steps.destination, steps.object_id, steps.record_id, steps.properties
    from crm_sync.sync_records as steps
    inner join first_refused
        on
            steps.destination = first_refused.destination
            and steps.object_id = first_refused.object_id
            and steps.record_id > first_refused.record_id
    left join crm_sync.sync_runs as runs
        on steps.run = runs.run and steps.destination = runs.destination
    where steps.outcome = 'acknowledged' and coalesce(runs.mode, '') <> 'rollback'
),
told as (
    select destination, object_id, property, max(record_id) as record_id
    from (select destination, object_id, record_id, $keys as property from later) as named
    group by destination, object_id, property
),
released as (
    select destination, object_id, max(record_id) as record_id
    from crm_sync.sync_records
    where outcome = 'released'
    group by destination, object_id
)
select
    steps.destination, steps.object_id, steps.lead_id, refused.property,
    (steps.properties ->> refused.property) as value,
    steps.reason, steps.http_status, steps.error_category, steps.run, steps.recorded_at,
    steps.record_id
from refused
inner join crm_sync.sync_records as steps on refused.record_id = steps.record_id
left join told
    on
        refused.destination = told.destination and refused.object_id = told.object_id
        and refused.property = told.property
left join released
    on refused.destination = released.destination and refused.object_id = released.object_id
where
    refused.record_id > coalesce(told.record_id, 0)
    and refused.record_id > coalesce(released.record_id, 0);
create table if not exists crm_sync.told_up_to (
    destination varchar not null, published_by varchar not null, mapping varchar not null
);
comment on table crm_sync.told_up_to is
    'The run whose marts a CRM was told the whole of, by which mapping; one row per destination.';
comment on table crm_sync.sync_runs is
    'One row per sync with something to say; instants in UTC. States: running, done, failed, '
    'interrupted (cut short, settled by a later run), awaiting_approval.';
comment on table crm_sync.sync_records is
    'Append-only: every step of every record sent to a CRM. Outcomes: planned, held, sent, '
    'acknowledged, rejected, retry, unknown, superseded, skipped, released.';
comment on table crm_sync.sync_plans is
    'Append-only: what each sync with a CRM planned, in figures, with the digest of the plan.';
comment on table crm_sync.sync_approvals is
    'Append-only: who let a plan go that was held.';
comment on table crm_sync.sync_conflicts is
    'Append-only: properties that somebody edited in the CRM and that the marts say otherwise.';
comment on view crm_sync.parked is
    'Properties that are not told: refused by the CRM, or taken back by a rollback (error_category '
    'ROLLED_BACK), until the marts say something else or somebody releases the record.';
comment on view crm_sync.open_conflicts is
    'The latest conflict of each property of a record that no acknowledgement has settled since.';
"""


def create_tables(connection: Connection) -> None:
    """Make the schema where it is not there yet."""
    tables = {"sync_runs", "sync_records", "told_up_to", "sync_plans", "open_conflicts", "parked"}
    if not tables <= set(connection.tables("crm_sync")):
        connection.execute(TABLES.replace("$keys", connection.words.json_keys("properties")))
        for column in ("sent_to varchar", "echo json"):
            connection.execute(
                f"alter table crm_sync.sync_records add column if not exists {column}"
            )
