with versions as (

    select * from {{ ref('int_contact_versions') }}

),

latest_email as (

    select
        contact_id,
        email,
        row_number() over (partition by contact_id order by updated_at desc) as recency
    from versions
    where email is not null

),

latest_merge as (

    select
        contact_id,
        merged_into_contact_id,
        row_number() over (partition by contact_id order by updated_at desc) as recency
    from versions
    where merged_into_contact_id is not null

),

latest_version as (

    select
        contact_id,
        is_deleted,
        row_number() over (partition by contact_id order by updated_at desc) as recency
    from versions

),

contacts as (

    select contact_id, min(first_created_at) as created_at
    from versions
    group by contact_id

),

final as (

    select
        contacts.contact_id,
        contacts.created_at,
        {{ email_address('latest_email.email') }} as email,
        target.contact_id as merged_into_contact_id,
        latest_merge.merged_into_contact_id as named_merge_target,
        latest_version.is_deleted
    from contacts
    left join latest_email
        on contacts.contact_id = latest_email.contact_id and latest_email.recency = 1
    left join latest_merge
        on contacts.contact_id = latest_merge.contact_id and latest_merge.recency = 1
    left join contacts as target
        on
            latest_merge.merged_into_contact_id = target.contact_id
            and contacts.contact_id <> target.contact_id
    left join latest_version
        on contacts.contact_id = latest_version.contact_id and latest_version.recency = 1

)

select * from final
