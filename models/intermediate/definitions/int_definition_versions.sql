with versions as (

    select * from {{ ref('definition_versions') }}
    where lower(status) = 'active'

),

parameters as (

    select * from {{ ref('definition_parameters') }}

),

known_parameters as (

    select * from {{ ref('parameters') }}

),

in_force as (

    select
        definition_version,
        effective_from,
        row_number() over (order by effective_from, definition_version) as version_number,
        lead(effective_from) over (order by effective_from, definition_version) as next_effective_from
    from versions

),

due as (

    select in_force.definition_version, known_parameters.parameter, known_parameters.default_value
    from in_force
    cross join known_parameters

),

valued as (

    select
        due.definition_version,
        due.parameter,
        coalesce(parameters.value, due.default_value) as value
    from due
    left join parameters
        on
            due.definition_version = parameters.definition_version
            and due.parameter = parameters.parameter

),

pivoted as (

    select
        {% for parameter in [
            'mql_score_above', 'mql_min_fit', 'mql_exit_below', 'sql_score_above', 'checklist_min',
            'booking_grace_days', 'booking_expires_days', 'engagement_max', 'fit_max',
            'icp_grade_a', 'icp_grade_b', 'icp_grade_c', 'warm_engagement_from', 'hot_engagement_from',
            'cold_prospect_max_touches', 'sla_at_risk_percent',
        ] %}
        max(case when parameter = '{{ parameter }}' then cast(value as integer) end) as {{ parameter }},
        {% endfor %}
        {% for parameter in ['verdict_suffices', 'deal_suffices'] %}
        cast(max(case when parameter = '{{ parameter }}' then value end) as boolean) as {{ parameter }},
        {% endfor %}
        max(
            case when parameter = 'checklist_requires' then {{ clean_text('value') }} end
        ) as checklist_requires,
        definition_version
    from valued
    group by definition_version

),

final as (

    select
        in_force.version_number,
        case
            when in_force.version_number = 1 then {{ beginning_of_time() }}
            else in_force.effective_from
        end as valid_from,
        coalesce(in_force.next_effective_from, {{ end_of_time() }}) as valid_to,
        lag(pivoted.engagement_max) over (order by in_force.version_number) as engagement_max_before,
        pivoted.*
    from in_force
    inner join pivoted on in_force.definition_version = pivoted.definition_version

)

select * from final
