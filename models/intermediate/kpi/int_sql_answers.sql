{#- What sales answered to each lead it was handed as an SQL: the first verdict before the next
    entry, or the act that took the lead on before it; or that none came in time. -#}
with stays as (

    select
        lead_id,
        epoch,
        valid_from as entered_at,
        row_number() over (partition by lead_id order by valid_from) as sql_number,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by lead_id order by valid_from
        ) as next_entered_at
    from {{ ref('int_lead_stays') }}
    where stage = 'sql'

),

verdicts as (

    select
        stays.lead_id,
        stays.sql_number,
        activities.verdict,
        activities.occurred_at,
        row_number() over (
            partition by stays.lead_id, stays.sql_number
            order by activities.occurred_at, activities.activity_id
        ) as place
    from stays
    inner join {{ ref('int_activities') }} as activities
        on
            stays.lead_id = activities.lead_id
            and stays.entered_at <= activities.occurred_at
            and stays.next_entered_at > activities.occurred_at
    where activities.verdict in ('accepted', 'recycled', 'disqualified')

),

takings as (

    -- of this SQL: a reset in between makes what follows another one's
    select stays.lead_id, stays.sql_number, min(states.instant) as taken_on_at
    from stays
    inner join {{ ref('int_lead_states') }} as states
        on
            stays.lead_id = states.lead_id
            and stays.epoch = states.epoch
            and stays.entered_at <= states.instant
            and stays.next_entered_at > states.instant
    where {{ is_taken_on('states.stage', 'states.stage_path') }}
    group by stays.lead_id, stays.sql_number

),

judged as (

    select
        stays.lead_id,
        stays.sql_number,
        verdicts.verdict,
        verdicts.occurred_at as verdict_at,
        takings.taken_on_at,
        {{ handoff_answer(
            'verdicts.verdict', 'verdicts.occurred_at', 'takings.taken_on_at', 'stays.entered_at',
            'settings.acceptance_expires_days'
        ) }} as answer
    from stays
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('stays.entered_at', 'settings.valid_from', 'settings.valid_to') }}
    left join verdicts
        on
            stays.lead_id = verdicts.lead_id
            and stays.sql_number = verdicts.sql_number
            and verdicts.place = 1
    left join takings on stays.lead_id = takings.lead_id and stays.sql_number = takings.sql_number

),

final as (

    select
        lead_id,
        sql_number,
        answer,
        coalesce(verdict = 'accepted', false) as is_accepted_by_verdict,
        case when taken_on_at < coalesce(verdict_at, {{ end_of_time() }}) then taken_on_at else verdict_at end
            as answered_at
    from judged

)

select * from final
