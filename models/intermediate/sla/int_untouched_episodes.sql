{#- MQL episodes that ended without anybody having tried to reach the person. -#}
with episodes as (

    select * from {{ ref('int_mql_episodes') }}
    where left_at is not null and not {{ is_beyond_obligations("coalesce(left_to, 'none')") }}

),

touched as (

    select distinct episodes.lead_id, episodes.mql_number
    from episodes
    inner join {{ ref('int_activities') }} as activities
        on
            episodes.lead_id = activities.lead_id
            and episodes.entered_at <= activities.occurred_at
            and episodes.left_at >= activities.occurred_at
    where {{ is_human_touch('activities.direction', 'activities.activity_type', 'activities.is_automated') }}

),

final as (

    select episodes.lead_id, episodes.mql_number, episodes.entered_at, episodes.left_at
    from episodes
    left join touched on episodes.lead_id = touched.lead_id and episodes.mql_number = touched.mql_number
    where touched.lead_id is null

)

select * from final
