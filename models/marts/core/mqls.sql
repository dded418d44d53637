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
        activities.verdict,
        activities.occurred_at,
        activities.reason,
        row_number() over (
            partition by episodes.lead_id, episodes.mql_number
            order by activities.occurred_at, activities.activity_id
        ) as place
    from episodes
    inner join activities
        on
            episodes.lead_id = activities.lead_id
            and episodes.entered_at <= activities.occurred_at
            and episodes.next_entered_at > activities.occurred_at
    where activities.verdict in ('qualified', 'recycled', 'disqualified')

),

final as (

    select
        episodes.lead_id,
        cast(episodes.mql_number as bigint) as mql_number,
        episodes.path,
        episodes.left_to,
        episodes.icp_grade_at_entry,
        episodes.definition_version,
        coalesce(touches.rep_id, profiles.owner_id) as rep_id,
        verdicts.verdict,
        verdicts.reason as verdict_reason,
        episodes.score_at_entry,
        episodes.entered_at,
        episodes.left_at,
        touches.occurred_at as first_touch_at,
        verdicts.occurred_at as verdict_at
    from episodes
    left join {{ ref('int_lead_profiles') }} as profiles on episodes.lead_id = profiles.lead_id
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

)

select * from final
