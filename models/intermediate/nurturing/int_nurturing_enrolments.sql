{#- Each person's latest enrolment in each track, and when they left it; rights aside. -#}
with triggers as (

    select * from {{ ref('int_nurturing_triggers') }}

),

stays as (

    select * from {{ ref('int_lead_stays') }}

),

reasons as (

    select * from {{ ref('reasons') }}
    where given_with = 'recycled'

),

standing as (

    -- at one instant, what a rep said goes before what was concluded
    select
        triggers.*,
        reasons.retry_after_days,
        {{ is_tried_again('reasons.reason', 'reasons.retry_after_days') }} as is_tried_again,
        row_number() over (
            partition by triggers.lead_id, triggers.track, triggers.happened_at
            order by {{ plainness('triggers.is_said_by_rep') }}, triggers.reason, triggers.fact_id
        ) as place
    from triggers
    inner join stays
        on
            triggers.lead_id = stays.lead_id
            and triggers.happened_at >= stays.valid_from
            and triggers.happened_at < coalesce(stays.valid_to, {{ end_of_time() }})
    left join reasons on case when triggers.is_said_by_rep then triggers.reason end = reasons.reason
    where {{ is_stage_of_track('stays.stage', 'triggers.stages') }}

),

enrolled as (

    select
        *,
        row_number() over (partition by lead_id, track order by happened_at desc) as recency
    from standing
    where place = 1 and is_tried_again

),

leavings as (

    -- the end of a stay after which they stand elsewhere, or a rep's word not to try again
    select enrolled.lead_id, enrolled.track, stays.valid_to as left_at
    from enrolled
    inner join stays
        on enrolled.lead_id = stays.lead_id and enrolled.happened_at < stays.valid_to
    where
        enrolled.recency = 1
        and not coalesce({{ is_stage_of_track('stays.next_stage', 'enrolled.stages') }}, false)
    union all
    select enrolled.lead_id, enrolled.track, refused.happened_at
    from enrolled
    inner join standing as refused
        on
            enrolled.lead_id = refused.lead_id
            and enrolled.track = refused.track
            and enrolled.happened_at < refused.happened_at
    where enrolled.recency = 1 and refused.place = 1 and not refused.is_tried_again

),

ends as (

    select lead_id, track, min(left_at) as left_at from leavings
    group by lead_id, track

),

tries as (

    select
        *,
        {{ next_try_at('happened_at', 'retry_after_days', 'try_again_after_days') }} as next_try_at
    from enrolled
    where recency = 1

),

final as (

    select
        tries.lead_id,
        tries.track,
        tries.reason,
        tries.content_title,
        tries.happened_at as enrolled_at,
        tries.next_try_at,
        {{ days_after('tries.next_try_at', 'tries.due_within_days') }} as try_until_at,
        ends.left_at
    from tries
    left join ends on tries.lead_id = ends.lead_id and tries.track = ends.track

)

select * from final
