{#- What became of each handover of last week: what sales said, or whether anybody tried. -#}
with handovers as (

    select * from {{ ref('int_handovers') }}

),

touches as (

    select handovers.lead_id, count(*) as touches
    from handovers
    inner join {{ ref('int_activities') }} as activities
        on
            handovers.lead_id = activities.lead_id
            and handovers.handed_over_at <= activities.occurred_at
            and handovers.week_ends_at > activities.occurred_at
    where {{ is_human_touch('activities.direction', 'activities.activity_type', 'activities.is_automated') }}
    group by handovers.lead_id

),

judged as (

    select
        handovers.*,
        profiles.owner_id,
        coalesce(touches.touches, 0) as touches,
        coalesce(
            {{ is_within('handovers.verdict_at', 'handovers.mql_entered_at', 'settings.contest_days') }},
            false
        ) as is_contest_open
    from handovers
    inner join {{ ref('int_lead_profiles') }} as profiles on handovers.lead_id = profiles.lead_id
    left join touches on handovers.lead_id = touches.lead_id
    left join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('handovers.mql_entered_at', 'settings.valid_from', 'settings.valid_to') }}

),

final as (

    select
        judged.lead_id,
        judged.week_start,
        judged.owner_id,
        reps.name as owner_name,
        reps.team,
        judged.rep_id,
        judged.handed_over_as,
        judged.handed_over_at,
        {{ handoff_verdict(
            'judged.verdict', '(judged.is_contest_open and coalesce(reasons.is_contesting, false))',
            'judged.touches'
        ) }} as verdict,
        judged.reason,
        reasons.label_en as reason_en,
        reasons.label_fr as reason_fr,
        judged.touches,
        judged.verdict_at
    from judged
    left join {{ ref('int_reps') }} as reps on judged.owner_id = reps.rep_id
    left join {{ ref('reasons') }} as reasons on judged.reason = reasons.reason

)

select * from final
