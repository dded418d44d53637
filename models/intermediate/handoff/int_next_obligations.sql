{#- What is owed to each person next: the running clock that is, or was, due first. -#}
with clocks as (

    select
        *,
        row_number() over (partition by lead_id order by due_at, obligation, started_at) as place
    from {{ ref('int_sla_clocks') }}
    where stopped_at is null

),

final as (

    select lead_id, obligation, status, due_at from clocks
    where place = 1

)

select * from final
