with contacts as (

    select * from {{ ref('int_contacts') }}

),

same_email as (

    select
        contact_id,
        min(contact_id) over (partition by email) as other_contact_id
    from contacts
    where email is not null

),

merged as (

    select contact_id, merged_into_contact_id as other_contact_id
    from contacts
    where merged_into_contact_id is not null

),

links as (

    select contact_id, other_contact_id from same_email
    union
    select contact_id, other_contact_id from merged

),

final as (

    -- both directions, so that a walk can start at either end
    select contact_id, other_contact_id from links
    where contact_id <> other_contact_id
    union
    select other_contact_id as contact_id, contact_id as other_contact_id from links
    where contact_id <> other_contact_id

)

select * from final
