with contacts as (

    select * from {{ ref('int_contacts') }}

),

groups as (

    select * from {{ ref('int_contact_groups') }}

),

grouped as (

    select
        contacts.*,
        coalesce(groups.group_id, contacts.contact_id) as group_id
    from contacts
    left join groups on contacts.contact_id = groups.contact_id

),

internal_domains as (

    select distinct domain from {{ ref('internal_domains') }}

),

ranked as (

    -- the person is named after the oldest contact that is merged into no other
    select
        grouped.*,
        first_value(contact_id) over (
            partition by group_id
            order by case when merged_into_contact_id is null then 0 else 1 end, created_at, contact_id
        ) as lead_id,
        min(case when merged_into_contact_id is null then 0 else 1 end) over (
            partition by group_id
        ) = 1 as is_merge_cycle,
        max(case when internal_domains.domain is not null then 1 else 0 end) over (
            partition by group_id
        ) = 1 as is_internal
    from grouped
    left join internal_domains on {{ email_domain('grouped.email') }} = internal_domains.domain

),

final as (

    select
        contact_id,
        lead_id,
        created_at,
        email,
        merged_into_contact_id,
        named_merge_target,
        is_deleted,
        is_merge_cycle,
        is_internal,
        case
            when contact_id = lead_id then 'survivor'
            when merged_into_contact_id is not null then 'merged'
            else 'same_email'
        end as alias_reason
    from ranked

)

select * from final
