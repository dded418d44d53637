{#- Each person's latest enrolment in each track, and when they left it; rights aside. -#}
with triggers as (

    select * from {{ ref('int_nurturing_triggers') }}

),

stays as (

    select * from {{ ref('int_lead_stays') }}

),

enrolled as (

    select
        triggers.*,
        row_number() over (
            partition by triggers.lead_id, triggers.track
            order by triggers.happened_at desc, triggers.reason asc
        ) as recency
    from triggers
    inner join stays
        on
            triggers.lead_id = stays.lead_id
            and triggers.happened_at >= stays.valid_from
            and triggers.happened_at < coalesce(stays.valid_to, {{ end_of_time() }})
    where {{ is_stage_of_track('stays.stage', 'triggers.stages') }}

),

ends as (

    -- the first stay after which they stand elsewhere
    select
        enrolled.lead_id,
        enrolled.track,
        min(stays.valid_to) as left_at
    from enrolled
    inner join stays
        on enrolled.lead_id = stays.lead_id and enrolled.happened_at < stays.valid_to
    where
        enrolled.recency = 1
        and not coalesce({{ is_stage_of_track('stays.next_stage', 'enrolled.stages') }}, false)
    group by enrolled.lead_id, enrolled.track

),

final as (

    select
        enrolled.lead_id,
        enrolled.track,
        enrolled.reason,
        enrolled.happened_at as enrolled_at,
        {{ next_try_at('enrolled.happened_at', 'reasons.retry_after_days', 'enrolled.try_again_after_days') }}
            as next_try_at,
        ends.left_at
    from enrolled
    left join ends on enrolled.lead_id = ends.lead_id and enrolled.track = ends.track
    left join {{ ref('reasons') }} as reasons
        on enrolled.reason = reasons.reason and reasons.given_with = 'recycled'
    where enrolled.recency = 1

)

select * from final
