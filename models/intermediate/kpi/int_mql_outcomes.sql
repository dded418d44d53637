{#- What sales made of each MQL episode: the first touch while it ran; the first verdict, the first
    time it was sent back and the first time it was contested, before the next episode. -#}
with episodes as (

    select
        *,
        lead(entered_at, 1, {{ end_of_time() }}) over (
            partition by lead_id order by entered_at
        ) as next_entered_at
    from {{ ref('int_mql_episodes') }}

),

activities as (

    select * from {{ ref('int_activities') }}

),

touches as (

    select
        episodes.lead_id,
        episodes.mql_number,
        activities.occurred_at,
        activities.rep_id,
        row_number() over (
            partition by episodes.lead_id, episodes.mql_number
            order by activities.occurred_at, activities.activity_id
        ) as place
    from episodes
    inner join activities
        on
            episodes.lead_id = activities.lead_id
            and episodes.entered_at <= activities.occurred_at
            and coalesce(episodes.left_at, {{ end_of_time() }}) >= activities.occurred_at
    where {{ is_human_touch('activities.direction', 'activities.activity_type', 'activities.is_automated') }}

),

verdicts as (

    select
        episodes.lead_id,
        episodes.mql_number,
        episodes.entered_at,
        activities.activity_id,
        activities.verdict,
        activities.occurred_at,
        activities.reason,
        row_number() over (
            partition by episodes.lead_id, episodes.mql_number
            order by activities.occurred_at, activities.activity_id
        ) as place,
        row_number() over (
            partition by episodes.lead_id, episodes.mql_number, activities.verdict
            order by activities.occurred_at, activities.activity_id
        ) as place_of_verdict
    from episodes
    inner join activities
        on
            episodes.lead_id = activities.lead_id
            and episodes.entered_at <= activities.occurred_at
            and episodes.next_entered_at > activities.occurred_at
    where activities.verdict in ('qualified', 'recycled', 'disqualified')

),

contests as (

    select verdicts.lead_id, verdicts.mql_number, min(verdicts.occurred_at) as contested_at
    from verdicts
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('verdicts.entered_at', 'settings.valid_from', 'settings.valid_to') }}
    inner join {{ ref('reasons') }} as reasons on verdicts.reason = reasons.reason
    where
        verdicts.verdict in ('recycled', 'disqualified')
        and reasons.is_contesting
        and {{ is_within('verdicts.occurred_at', 'verdicts.entered_at', 'settings.contest_days') }}
    group by verdicts.lead_id, verdicts.mql_number

),

final as (

    select
        episodes.lead_id,
        episodes.mql_number,
        touches.rep_id as first_touch_rep_id,
        touches.occurred_at as first_touch_at,
        verdicts.verdict,
        verdicts.occurred_at as verdict_at,
        verdicts.reason as verdict_reason,
        recycled.occurred_at as returned_at,
        recycled.reason as return_reason,
        contests.contested_at
    from episodes
    left join touches
        on
            episodes.lead_id = touches.lead_id
            and episodes.mql_number = touches.mql_number
            and touches.place = 1
    left join verdicts
        on
            episodes.lead_id = verdicts.lead_id
            and episodes.mql_number = verdicts.mql_number
            and verdicts.place = 1
    left join verdicts as recycled
        on
            episodes.lead_id = recycled.lead_id
            and episodes.mql_number = recycled.mql_number
            and recycled.verdict = 'recycled'
            and recycled.place_of_verdict = 1
    left join contests
        on episodes.lead_id = contests.lead_id and episodes.mql_number = contests.mql_number

)

select * from final
