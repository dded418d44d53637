with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

people as (

    select * from {{ ref('int_people') }}
    where not is_internal

),

final as (

    select
        aliases.contact_id,
        aliases.lead_id,
        aliases.alias_reason,
        aliases.merged_into_contact_id,
        {{ shown_address('aliases.email') }} as email,
        aliases.is_deleted,
        aliases.created_at
    from aliases
    inner join people on aliases.lead_id = people.lead_id

)

select * from final
