with generic as (

    select * from {{ ref('stg_generic__sales_activities') }}

),

final as (

    select * from generic
    where quarantine_rule is null and not is_duplicate

)

select * from final
