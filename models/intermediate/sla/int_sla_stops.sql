{#- When each clock stopped, whatever the obligation asks for; those that have not are not here. -#}
with clocks as (

    select * from {{ ref('int_sla_circumstances') }}

),

touches as (

    select * from {{ ref('int_sla_touches') }}

),

activities as (

    select * from {{ ref('int_activities') }}

),

stops as (

    select clocks.clock_id, touches.occurred_at as stopped_at
    from clocks
    inner join touches on clocks.clock_id = touches.clock_id and touches.attempts = 1
    where clocks.obligation in ('hand_raise_response', 'mql_first_contact', 'hot_prospect_followup')
    union all
    select clocks.clock_id, touches.occurred_at
    from clocks
    inner join touches on clocks.clock_id = touches.clock_id
    where
        clocks.obligation = 'mql_attempts'
        and {{ are_attempts_enough(
            'touches.attempts', 'touches.channels', 'clocks.min_attempts', 'clocks.min_channels'
        ) }}
    union all
    select clocks.clock_id, interactions.occurred_at
    from clocks
    inner join {{ ref('int_interactions') }} as interactions
        on clocks.lead_id = interactions.lead_id and clocks.started_at <= interactions.occurred_at
    where
        clocks.obligation = 'mql_attempts'
        and {{ is_contact_with_human('interactions.event_type', 'interactions.is_automated') }}
        and interactions.occurred_at <= {{ as_of() }}
    union all
    select clocks.clock_id, activities.occurred_at
    from clocks
    inner join activities
        on clocks.lead_id = activities.lead_id and clocks.started_at <= activities.occurred_at
    where
        (
            clocks.obligation = 'mql_verdict'
            and {{ is_reasoned_verdict('activities.verdict', 'activities.reason') }}
        )
        or (
            clocks.obligation = 'sql_acceptance'
            and {{ is_reasoned_answer('activities.verdict', 'activities.reason') }}
        )

),

final as (

    select clock_id, min(stopped_at) as stopped_at from stops
    group by clock_id

)

select * from final
