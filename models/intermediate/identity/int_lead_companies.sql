with attributes as (

    select * from {{ ref('int_contact_attributes') }}

),

named as (

    select lead_id, value as company_id, valid_from, valid_to
    from attributes
    where attribute = 'company_id'

),

first_named as (

    select lead_id, min(valid_from) as first_named_from
    from named
    group by lead_id

),

mailboxes as (

    -- only an address of one's own at a business domain says where somebody works
    select
        attributes.lead_id,
        {{ email_domain('attributes.value') }} as domain,
        attributes.valid_from,
        least(attributes.valid_to, coalesce(first_named.first_named_from, {{ end_of_time() }})) as valid_to
    from attributes
    left join first_named on attributes.lead_id = first_named.lead_id
    left join {{ ref('free_mail_domains') }} as free_mail
        on {{ email_domain('attributes.value') }} = free_mail.domain
    left join {{ ref('role_addresses') }} as role_addresses
        on {{ email_local_part('attributes.value') }} = role_addresses.local_part
    where
        attributes.attribute = 'email'
        and {{ email_address('attributes.value') }} is not null
        and free_mail.domain is null
        and role_addresses.local_part is null

),

by_domain as (

    select
        mailboxes.lead_id,
        domains.company_id,
        greatest(mailboxes.valid_from, domains.valid_from) as valid_from,
        least(mailboxes.valid_to, domains.valid_to) as valid_to
    from mailboxes
    inner join {{ ref('int_company_domains') }} as domains on mailboxes.domain = domains.domain

),

final as (

    select lead_id, company_id, valid_from, valid_to from named
    union all
    select lead_id, company_id, valid_from, valid_to from by_domain
    where valid_from < valid_to

)

select * from final
