with weeks as (

    select * from {{ ref('int_handoff_week') }}

),

final as (

    select
        -- the week of the lists, and the week of the feedback
        week_start,
        feedback_week_start,
        zone,

        -- instants
        feedback_starts_at,
        starts_at,
        ends_at
    from weeks

)

select * from final
