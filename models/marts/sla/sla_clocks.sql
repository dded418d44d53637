with clocks as (

    select
        clock_id, lead_id, owner_id, manager_id, obligation, segment, status, owed_by, escalate_to,
        definition_version, attempts, channels, business_minutes_allowed, business_minutes_used,
        business_minutes_late, is_leaked, started_at, at_risk_at, due_at, twice_due_at, stopped_at,
        voided_at
    from {{ ref('int_sla_clocks') }}
    union all
    select
        clock_id, {{ as_text('null') }}, {{ as_text('null') }}, {{ as_text('null') }},
        'marketing_volume', segment, status, owed_by, escalate_to, definition_version,
        delivered, cast(null as bigint), business_minutes_allowed, business_minutes_used,
        business_minutes_late, cast(null as boolean), started_at, at_risk_at, due_at,
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
