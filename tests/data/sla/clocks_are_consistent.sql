-- what a clock says of itself fits together: its instants, its status and its minutes
with clocks as (

    select * from {{ ref('sla_clocks') }}

),

wrong as (

    select 'ends before it starts' as problem, clock_id from clocks
    where stopped_at < started_at or due_at < started_at or at_risk_at < started_at
    union all
    select 'at risk after it is due', clock_id from clocks
    where at_risk_at > due_at or twice_due_at < due_at
    union all
    select 'runs, or does not, against its status', clock_id from clocks
    where (status in ('open', 'at_risk')) <> (stopped_at is null and due_at > {{ as_of() }})
    union all
    select 'met late, or breached in time', clock_id from clocks
    where
        (status = 'met' and (stopped_at > due_at or business_minutes_late > 0))
        or (status = 'breached' and coalesce(stopped_at, due_at) < due_at)
    union all
    select 'void without an end, or an end that is another', clock_id from clocks
    where (status = 'void' and voided_at is null) or voided_at <> stopped_at
    union all
    select 'owed, and stopped', clock_id from clocks
    where is_owed and stopped_at is not null
    union all
    select 'minutes of a clock that runs', clock_id from clocks
    where
        stopped_at is null
        and coalesce(business_minutes_used, business_minutes_late, elapsed_minutes) is not null
    union all
    select 'more business than time', clock_id from clocks
    where business_minutes_used > elapsed_minutes + 0.001 or business_minutes_used < 0

)

select * from wrong
