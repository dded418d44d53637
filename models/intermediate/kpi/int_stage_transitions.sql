{{ config(materialized='view') }}

{#- Every entry beside each stage further down the funnel, and when that was reached, if ever. -#}
{%- set stages = funnel_stages() -%}

with entries as (

    select * from {{ ref('int_segmented_entries') }}

),

reached as (

    {% for to_stage in stages[1:] %}
    {%- set earlier_stages = stages[:loop.index] | join("', '") %}
    select
        lead_id,
        stage as from_stage,
        '{{ to_stage }}' as to_stage,
        month,
        {% for segment in segment_types() %}
        {{ segment }},
        {% endfor %}
        entered_at,
        reached_{{ to_stage }}_at as reached_at
    from entries
    where stage in ('{{ earlier_stages }}')
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        *,
        {{ month_of('reached_at') }} as reached_month,
        {{ seconds_between('entered_at', 'reached_at') }} as seconds_between
    from reached

)

select * from final
