with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

versions as (

    select contact_id, updated_at, {{ email_address('email') }} as email
    from {{ ref('int_contact_versions') }}

),

ever_used as (

    -- a current address wins over an earlier one; then whoever used it last
    select
        versions.email,
        aliases.lead_id,
        row_number() over (
            partition by versions.email
            order by
                case when aliases.email = versions.email then 0 else 1 end asc,
                versions.updated_at desc,
                versions.contact_id asc
        ) as precedence
    from versions
    inner join aliases on versions.contact_id = aliases.contact_id
    where versions.email is not null

),

final as (

    select email, lead_id from ever_used
    where precedence = 1

)

select * from final
