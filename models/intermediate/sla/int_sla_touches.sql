{#- Every attempt to reach the person since a clock started, numbered; machines make none. -#}
with clocks as (

    select clock_id, lead_id, obligation, started_at from {{ ref('int_sla_circumstances') }}

),

touches as (

    select
        clocks.clock_id,
        activities.occurred_at,
        activities.activity_type as channel,
        row_number() over (
            partition by clocks.clock_id order by activities.occurred_at, activities.activity_id
        ) as attempts,
        row_number() over (
            partition by clocks.clock_id, activities.activity_type
            order by activities.occurred_at, activities.activity_id
        ) = 1 as is_new_channel,
        activities.activity_id
    from clocks
    inner join {{ ref('int_activities') }} as activities
        on
            clocks.lead_id = activities.lead_id
            and {{ answers_obligation('clocks.obligation', 'activities.occurred_at', 'clocks.started_at') }}
    where {{ is_human_touch('activities.direction', 'activities.activity_type', 'activities.is_automated') }}

),

final as (

    select
        clock_id,
        occurred_at,
        channel,
        attempts,
        sum(case when is_new_channel then 1 else 0 end) over (
            partition by clock_id order by attempts rows between unbounded preceding and current row
        ) as channels
    from touches

)

select * from final
