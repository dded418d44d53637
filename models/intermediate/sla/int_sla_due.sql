{#- When each clock is due, from when it is at risk and from when it is given up: the instants by which
    its business time, the risky part of it, and twice as much have passed since it started. -#}
with clocks as (

    select * from {{ ref('int_sla_circumstances') }}

),

started as (

    select
        clocks.clock_id,
        clocks.allowed_micros,
        {{ sla_risky_micros('clocks.allowed_micros', 'clocks.sla_at_risk_percent') }} as risky_micros,
        {{ open_micros_until('clocks.started_at', 'calendar') }} as open_micros_at_start
    from clocks
    inner join {{ ref('int_business_calendar') }} as calendar
        on cast(clocks.started_at as date) = calendar.day

),

targets as (

    select clock_id, 'due_at' as what, open_micros_at_start + allowed_micros as target from started
    union all
    select clock_id, 'at_risk_at', open_micros_at_start + risky_micros from started
    union all
    select clock_id, 'twice_due_at', open_micros_at_start + 2 * allowed_micros from started

),

found as (

    select
        targets.clock_id,
        targets.what,
        {{ micros_after('stretches.opens_at', 'targets.target - stretches.open_micros_before') }} as instant
    from targets
    inner join {{ ref('int_business_stretches') }} as stretches
        on {{ stretch_of('targets.target - 1') }} = stretches.stretch
    where
        targets.target > stretches.open_micros_before
        and targets.target <= stretches.open_micros_after

),

final as (

    select
        started.clock_id,
        started.open_micros_at_start,
        max(case when found.what = 'due_at' then found.instant end) as due_at,
        max(case when found.what = 'at_risk_at' then found.instant end) as at_risk_at,
        max(case when found.what = 'twice_due_at' then found.instant end) as twice_due_at
    from started
    left join found on started.clock_id = found.clock_id
    group by started.clock_id, started.open_micros_at_start

)

select * from final
