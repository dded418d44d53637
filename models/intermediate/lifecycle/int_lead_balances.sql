{{ config(materialized='view') }}

{#- Where every other measure stands at each instant at which something turns. -#}
with scores as (

    select * from {{ ref('int_lead_scores') }}
    where is_turn

),

facts as (

    select
        {% for measure in lifelong_measures() + epoch_measures() %}
        cast(sum(case when measure = '{{ measure }}' then delta else 0 end) as integer) as {{ measure }},
        {% endfor %}
        lead_id,
        instant
    from {{ ref('int_lead_deltas') }}
    where
        instant <= {{ as_of() }}
        and not {{ is_score_measure('measure') }}
    group by lead_id, instant

),

turns as (

    select
        {% for measure in lifelong_measures() + epoch_measures() %}
        coalesce(facts.{{ measure }}, 0) as {{ measure }},
        {% endfor %}
        scores.lead_id,
        scores.instant,
        scores.epoch
    from scores
    left join facts on scores.lead_id = facts.lead_id and scores.instant = facts.instant

),

final as (

    select
        lead_id,
        instant
        {%- for measure in lifelong_measures() %},
        cast(sum({{ measure }}) over (
            partition by lead_id order by instant
        ) as integer) as {{ measure }}
        {%- endfor %}
        {%- for measure in epoch_measures() %},
        cast(sum({{ measure }}) over (
            partition by lead_id, epoch order by instant
        ) as integer) as {{ measure }}
        {%- endfor %},
        max(case when meetings_held > 0 then instant end) over (
            partition by lead_id, epoch order by instant
        ) as last_meeting_held_at
    from turns

)

select * from final
