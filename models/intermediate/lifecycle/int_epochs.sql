with people as (

    select lead_id from {{ ref('int_people') }}
    where not is_internal

),

beginnings as (

    select lead_id, {{ beginning_of_time() }} as valid_from from people
    union
    select lead_id, reset_at as valid_from from {{ ref('int_resets') }}

),

final as (

    select
        lead_id,
        row_number() over (partition by lead_id order by valid_from) - 1 as epoch,
        valid_from,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by lead_id order by valid_from
        ) as valid_to
    from beginnings

)

select * from final
