{#- All that happens to a lead at one instant, applied together. -#}
with deltas as (

    select * from {{ ref('int_lead_deltas') }}

),

final as (

    select
        lead_id,
        instant
        {%- for measure in lifelong_measures() + epoch_measures() %},
        cast(sum(case when measure = '{{ measure }}' then delta else 0 end) as integer) as {{ measure }}
        {%- endfor %}
    from deltas
    group by lead_id, instant

)

select * from final
