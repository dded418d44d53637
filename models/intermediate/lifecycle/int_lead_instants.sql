{#- All that happens to a lead at one instant, applied together; after `as_of`, what is due to. -#}
with deltas as (

    select * from {{ ref('int_lead_deltas') }}

),

final as (

    select
        {% for measure in lifelong_measures() + epoch_measures() %}
        cast(sum(case when measure = '{{ measure }}' then delta else 0 end) as integer) as {{ measure }},
        {% endfor %}
        lead_id,
        instant
    from deltas
    group by lead_id, instant

)

select * from final
