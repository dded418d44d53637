{#- The settings of the KPIs, from when until when each set of them is in force. -#}
{%- set settings = [
    'maturity_days', 'contest_days', 'acceptance_expires_days', 're_mql_days', 'stale_prospect_days',
    'small_sample_below',
] -%}

with numbered as (

    select
        setting,
        value,
        effective_from,
        row_number() over (partition by setting order by effective_from) as place
    from {{ ref('kpi_settings') }}

),

dated as (

    select
        setting,
        value,
        case when place = 1 then {{ beginning_of_time() }} else effective_from end as valid_from
    from numbered

),

values_in_force as (

    select
        *,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by setting order by valid_from
        ) as valid_to
    from dated

),

beginnings as (

    select distinct valid_from from dated

),

final as (

    select
        {% for setting in settings %}
        max(
            case when values_in_force.setting = '{{ setting }}' then values_in_force.value end
        ) as {{ setting }},
        {% endfor %}
        beginnings.valid_from,
        lead(beginnings.valid_from, 1, {{ end_of_time() }}) over (
            order by beginnings.valid_from
        ) as valid_to
    from beginnings
    inner join values_in_force
        on {{ holds_at('beginnings.valid_from', 'values_in_force.valid_from', 'values_in_force.valid_to') }}
    group by beginnings.valid_from

)

select * from final
