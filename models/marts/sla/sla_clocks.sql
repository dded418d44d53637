with clocks as (

    select
        clocks.clock_id, clocks.lead_id, clocks.owner_id, clocks.manager_id, clocks.obligation,
        clocks.segment, clocks.status, clocks.owed_by, clocks.escalate_to,
        clocks.definition_version, clocks.attempts, clocks.channels,
        clocks.business_minutes_allowed, clocks.business_minutes_used,
        clocks.business_minutes_late, owed.clock_id is not null as is_owed, clocks.is_leaked,
        clocks.started_at, clocks.at_risk_at, clocks.due_at, clocks.twice_due_at,
        clocks.stopped_at, clocks.voided_at
    from {{ ref('int_sla_clocks') }} as clocks
    left join {{ ref('int_owed_clocks') }} as owed on clocks.clock_id = owed.clock_id
    union all
    select
        clock_id, {{ as_text('null') }}, {{ as_text('null') }}, {{ as_text('null') }},
        'marketing_volume', segment, status, owed_by, escalate_to, definition_version,
        delivered, cast(null as bigint), business_minutes_allowed, business_minutes_used,
        business_minutes_late, stopped_at is null, cast(null as boolean), started_at, at_risk_at, due_at,
        cast(null as timestamp), stopped_at, cast(null as timestamp)
    from {{ ref('int_marketing_volume') }}

),

final as (

    select
        -- ids
        clock_id,
        lead_id,
        owner_id,
        manager_id,

        -- what is owed
        obligation,
        segment,
        status,
        owed_by,
        escalate_to,
        definition_version,

        -- numbers; those of a running clock are not known yet
        attempts,
        channels,
        business_minutes_allowed,
        business_minutes_used,
        business_minutes_late,
        case when stopped_at is not null then {{ seconds_between('started_at', 'stopped_at') }} / 60 end
            as elapsed_minutes,

        -- booleans
        is_owed,
        is_leaked,

        -- instants
        started_at,
        at_risk_at,
        due_at,
        twice_due_at,
        stopped_at,
        voided_at
    from clocks

)

select * from final
