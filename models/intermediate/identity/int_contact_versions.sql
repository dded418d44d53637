with contacts as (

    select
        *,
        row_number() over (partition by contact_id order by updated_at) as version_number,
        min(created_at) over (partition by contact_id) as first_created_at
    from {{ ref('stg_contacts') }}

),

known as (

    -- a record's first version holds before it was written: a first load has no history
    select
        *,
        case when version_number = 1 then {{ beginning_of_time() }} else updated_at end as visible_from
    from contacts
    where
        first_created_at <= {{ as_of() }}
        and (updated_at <= {{ as_of() }} or version_number = 1)

),

final as (

    select * from known

)

select * from final
