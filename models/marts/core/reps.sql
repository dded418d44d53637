with final as (

    select
        rep_id,
        manager_id,
        name,
        role,
        team,
        is_active
    from {{ ref('int_reps') }}

)

select * from final
