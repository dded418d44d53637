{#- Touches by which sales reached a cold prospect once more than the definition allows in 30 days. -#}
with touches as (

    select lead_id, activity_id, occurred_at from {{ ref('int_activities') }}
    where {{ is_human_touch('direction', 'activity_type', 'is_automated') }}

),

cold as (

    select
        touches.lead_id,
        touches.activity_id,
        touches.occurred_at,
        versions.cold_prospect_max_touches
    from touches
    inner join {{ ref('int_lead_states') }} as states
        on
            touches.lead_id = states.lead_id
            and touches.occurred_at >= states.instant
            and touches.occurred_at < coalesce(states.next_instant, {{ end_of_time() }})
    inner join {{ ref('int_definition_versions') }} as versions
        on states.definition_version = versions.definition_version
    where states.stage = 'prospect' and states.temperature = 'cold'

),

counted as (

    select
        cold.lead_id,
        cold.activity_id,
        cold.occurred_at,
        cold.cold_prospect_max_touches,
        count(*) as touches
    from cold
    inner join touches
        on
            cold.lead_id = touches.lead_id
            and {{ days_after('cold.occurred_at', -30) }} < touches.occurred_at
            and cold.occurred_at >= touches.occurred_at
    group by cold.lead_id, cold.activity_id, cold.occurred_at, cold.cold_prospect_max_touches

),

final as (

    select lead_id, activity_id, occurred_at, touches from counted
    where {{ is_pressed('touches', 'cold_prospect_max_touches') }}

)

select * from final
