{#- Each rep at `as_of`; before the first version, the first holds. -#}
with reps as (

    select
        *,
        row_number() over (partition by rep_id order by updated_at) as version_number
    from {{ ref('stg_reps') }}

),

ranked as (

    select
        *,
        row_number() over (partition by rep_id order by updated_at desc) as recency
    from reps
    where updated_at <= {{ as_of() }} or version_number = 1

),

final as (

    select rep_id, manager_id, name, role, team, is_active from ranked
    where recency = 1

)

select * from final
