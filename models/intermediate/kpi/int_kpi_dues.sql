{{ config(materialized='view') }}

{#- When a figure about a person turns by the clock alone: a window closes, or a month ends that an
    open prospect is counted in. -#}
with entries as (

    select * from {{ ref('int_stage_entries') }}

),

final as (

    select lead_id, matures_at as due_at from entries
    union all
    {% for days in cohort_windows() %}
    select lead_id, {{ days_after('entered_at', days) }} from entries
    union all
    {% endfor %}
    select lead_id, contest_over_at from entries
    where contest_over_at is not null
    union all
    select lead_id, re_mql_over_at from entries
    where re_mql_over_at is not null
    union all
    select entries.lead_id, {{ days_after('entries.entered_at', 'settings.acceptance_expires_days') }}
    from entries
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('entries.entered_at', 'settings.valid_from', 'settings.valid_to') }}
    where entries.stage = 'sql'
    union all
    select lead_id, twice_due_at from {{ ref('int_sla_clocks') }}
    where obligation = 'mql_first_contact' and status <> 'void'
    union all
    select lead_id, {{ next_month_at(as_of()) }} from entries
    where stage = 'prospect' and left_at is null

)

select * from final
