{#- Each clock with its end and what became of it at `as_of`. -#}
with voided as (

    select
        clocks.clock_id,
        min(greatest(stays.valid_from, clocks.started_at)) as void_at
    from {{ ref('int_sla_circumstances') }} as clocks
    inner join {{ ref('int_lead_stays') }} as stays
        on
            clocks.lead_id = stays.lead_id
            and coalesce(stays.valid_to, {{ end_of_time() }}) > clocks.started_at
    where {{ is_beyond_obligations('stays.stage') }}
    group by clocks.clock_id

),

ended as (

    select
        clocks.*,
        due.due_at,
        due.at_risk_at,
        due.twice_due_at,
        due.open_micros_at_start,
        stops.stopped_at,
        voided.void_at,
        {{ sla_ended_at('stops.stopped_at', 'voided.void_at', as_of()) }} as ended_at
    from {{ ref('int_sla_circumstances') }} as clocks
    inner join {{ ref('int_sla_due') }} as due on clocks.clock_id = due.clock_id
    left join {{ ref('int_sla_stops') }} as stops on clocks.clock_id = stops.clock_id
    left join voided on clocks.clock_id = voided.clock_id

),

attempts as (

    select
        ended.clock_id,
        cast(max(touches.attempts) as bigint) as attempts,
        cast(max(touches.channels) as bigint) as channels
    from ended
    inner join {{ ref('int_sla_touches') }} as touches
        on ended.clock_id = touches.clock_id and ended.ended_at >= touches.occurred_at
    group by ended.clock_id

),

measured as (

    select
        ended.*,
        {{ open_micros_until('ended.ended_at', 'calendar') }} - ended.open_micros_at_start as used_micros,
        coalesce(attempts.attempts, 0) as attempts,
        coalesce(attempts.channels, 0) as channels
    from ended
    inner join {{ ref('int_business_calendar') }} as calendar on cast(ended.ended_at as date) = calendar.day
    left join attempts on ended.clock_id = attempts.clock_id

),

judged as (

    select
        *,
        case when stopped_at is not null or void_at is not null then ended_at end as stopped_or_void_at,
        case
            when void_at is not null and (stopped_at is null or void_at < stopped_at) then void_at
        end as voided_at,
        {{ sla_status('stopped_at', 'void_at', 'at_risk_at', 'due_at', as_of()) }} as status
    from measured

),

final as (

    select
        clock_id,
        lead_id,
        obligation,
        segment,
        owner_id,
        manager_id,
        owed_by,
        escalate_to,
        definition_version,
        status,
        attempts,
        channels,
        started_at,
        {{ minutes_of('allowed_micros') }} as business_minutes_allowed,
        case when stopped_or_void_at is not null then {{ minutes_of('used_micros') }} end
            as business_minutes_used,
        case
            when stopped_or_void_at is not null
                then {{ minutes_of('greatest(used_micros - allowed_micros, 0)') }}
        end as business_minutes_late,
        case
            when obligation = 'mql_first_contact' and status <> 'void'
                then {{ is_leaked('stopped_or_void_at', 'twice_due_at', as_of()) }}
        end as is_leaked,
        at_risk_at,
        due_at,
        twice_due_at,
        stopped_or_void_at as stopped_at,
        voided_at
    from judged

)

select * from final
