{#- What sales answered to each lead it was handed as an SQL: the first verdict before the next
    entry, or that none came in time. -#}
with stays as (

    select
        lead_id,
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

final as (

    select
        stays.lead_id,
        stays.sql_number,
        {{ handoff_answer('verdicts.verdict', 'stays.entered_at', 'settings.acceptance_expires_days') }}
            as answer,
        verdicts.occurred_at as answered_at
    from stays
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('stays.entered_at', 'settings.valid_from', 'settings.valid_to') }}
    left join verdicts
        on
            stays.lead_id = verdicts.lead_id
            and stays.sql_number = verdicts.sql_number
            and verdicts.place = 1

)

select * from final
