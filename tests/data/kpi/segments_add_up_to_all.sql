{#- The segments of each type add up to `all`, month by month: nobody is lost or counted twice. -#}
{%- set figures = [
    'leads', 'mqls', 'sqls', 'prospects', 'customers', 'open_prospects', 'mql_to_sql_cohort_numerator',
    'mql_to_sql_cohort_denominator', 'acceptance_denominator', 'recycle_numerator', 're_mql_denominator',
    'contested_numerator', 'win_numerator', 'win_denominator',
] -%}

with sums as (

    select
        {% for figure in figures %}
        sum({{ figure }}) as {{ figure }},
        {% endfor %}
        segment_type,
        month
    from {{ ref('kpis_monthly') }}
    group by segment_type, month

),

kinds as (

    {% for kind in segment_types() %}
    select '{{ kind }}' as kind
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

wanted as (

    select kinds.kind, sums.*
    from sums
    cross join kinds
    where sums.segment_type = 'all'

)

select wanted.kind, wanted.month
from wanted
left join sums on wanted.kind = sums.segment_type and wanted.month = sums.month
where
    -- a month may have costs alone, which are booked under two types of segment only
    {% for figure in figures %}
    {{ 'or' if not loop.first }} wanted.{{ figure }} <> coalesce(sums.{{ figure }}, 0)
    {% endfor %}
