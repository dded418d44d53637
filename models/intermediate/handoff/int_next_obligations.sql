{#- What is owed to each person next: of what still holds, that which is, or was, due first. -#}
with clocks as (

    select
        *,
        row_number() over (partition by lead_id order by due_at, obligation, started_at) as place
    from {{ ref('int_owed_clocks') }}

),

final as (

    select lead_id, obligation, status, due_at from clocks
    where place = 1

)

select * from final
