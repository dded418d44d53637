{#- The contents a person consulted last, latest first; one row per title. -#}
with contents as (

    select lead_id, content_title, max(occurred_at) as last_consulted_at
    from {{ ref('int_interactions') }}
    where content_title is not null and occurred_at <= {{ as_of() }}
    group by lead_id, content_title

),

final as (

    select
        lead_id,
        content_title,
        last_consulted_at,
        row_number() over (
            partition by lead_id order by last_consulted_at desc, content_title asc
        ) as recency
    from contents

)

select * from final
