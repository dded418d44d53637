{#- All that moves a lead's score at one instant, applied together, and whether anything else happens
    then; after `as_of`, what is due to. -#}
with deltas as (

    select * from {{ ref('int_lead_deltas') }}

),

final as (

    select
        lead_id,
        instant,
        {% for measure in score_measures() %}
        cast(sum(case when measure = '{{ measure }}' then delta else 0 end) as integer) as {{ measure }},
        {% endfor %}
        max(case when measure in ('engagement', 'fit', 'grade') then 0 else 1 end) = 1 as has_other_facts
    from deltas
    group by lead_id, instant

)

select * from final
