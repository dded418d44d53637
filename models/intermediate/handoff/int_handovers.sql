{#- Whom sales was handed in the week before that of `as_of`, or spoke about in it: the last handover,
    and the last word of the week. -#}
with weeks as (

    select * from {{ ref('int_handoff_week') }}

),

entries as (

    select entries.lead_id, entries.stage, entries.entered_at, weeks.*
    from {{ ref('int_stage_entries') }} as entries
    inner join weeks on entries.entered_at < weeks.starts_at
    where {{ is_handed_over('entries.stage') }}

),

first_entries as (

    select lead_id, min(entered_at) as first_entered_at from entries
    group by lead_id

),

verdicts as (

    select
        activities.*,
        row_number() over (
            partition by activities.lead_id order by activities.occurred_at desc, activities.activity_id desc
        ) as recency
    from {{ ref('int_activities') }} as activities
    inner join first_entries
        on
            activities.lead_id = first_entries.lead_id
            and activities.occurred_at >= first_entries.first_entered_at
    inner join weeks
        on {{ holds_at('activities.occurred_at', 'weeks.feedback_starts_at', 'weeks.starts_at') }}
    where {{ is_handoff_verdict('activities.verdict') }}

),

ranked as (

    select
        entries.*,
        verdicts.verdict,
        verdicts.reason,
        verdicts.rep_id,
        verdicts.occurred_at as verdict_at,
        max(case when entries.stage = 'mql' then entries.entered_at end) over (
            partition by entries.lead_id
        ) as mql_entered_at,
        row_number() over (
            partition by entries.lead_id order by entries.entered_at desc, entries.stage desc
        ) as recency
    from entries
    left join verdicts on entries.lead_id = verdicts.lead_id and verdicts.recency = 1
    where entries.entered_at <= coalesce(verdicts.occurred_at, entries.entered_at)

),

final as (

    select
        lead_id,
        feedback_week_start as week_start,
        feedback_starts_at as week_starts_at,
        starts_at as week_ends_at,
        stage as handed_over_as,
        entered_at as handed_over_at,
        mql_entered_at,
        verdict,
        reason,
        rep_id,
        verdict_at
    from ranked
    where recency = 1 and (verdict is not null or entered_at >= feedback_starts_at)

)

select * from final
