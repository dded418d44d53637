{#- Contacts of companies that something new is known about: by company, or by the domain of a
    mailbox. -#}
with companies as (

    select * from {{ ref('stg_generic__companies') }}
    where quarantine_rule is null

),

new_companies as (

    select distinct company_id from companies
    where {{ is_new(['updated_at']) }}

),

domains as (

    select distinct companies.domain
    from companies
    inner join new_companies on companies.company_id = new_companies.company_id
    where companies.domain is not null

),

versions as (

    select contact_id, company_id, {{ email_domain(email_address('email')) }} as domain
    from {{ ref('int_contact_versions') }}

),

final as (

    select versions.contact_id from versions
    inner join new_companies on versions.company_id = new_companies.company_id
    where {{ is_update() }}
    union
    select versions.contact_id from versions
    inner join domains on versions.domain = domains.domain
    where {{ is_update() }}

)

select * from final
