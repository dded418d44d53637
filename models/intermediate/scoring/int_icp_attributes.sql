with contact_attributes as (

    select * from {{ ref('int_contact_attributes') }}

),

company_attributes as (

    select
        lead_companies.lead_id,
        attributes.attribute,
        attributes.value,
        greatest(lead_companies.valid_from, attributes.valid_from) as valid_from,
        least(lead_companies.valid_to, attributes.valid_to) as valid_to
    from {{ ref('int_lead_companies') }} as lead_companies
    inner join {{ ref('int_company_attributes') }} as attributes
        on lead_companies.company_id = attributes.company_id

),

seniority as (

    select
        contact_attributes.lead_id,
        job_titles.seniority as value,
        contact_attributes.valid_from,
        contact_attributes.valid_to
    from contact_attributes
    inner join {{ ref('int_job_titles') }} as job_titles
        on contact_attributes.value = job_titles.job_title
    where contact_attributes.attribute = 'job_title'

),

mailboxes as (

    select
        lead_id,
        {{ email_domain(email_address('value')) }} as domain,
        valid_from,
        valid_to
    from contact_attributes
    where attribute = 'email'

),

free_mail as (

    select
        mailboxes.lead_id,
        case when free_mail.domain is null then 'false' else 'true' end as value,
        mailboxes.valid_from,
        mailboxes.valid_to
    from mailboxes
    left join {{ ref('free_mail_domains') }} as free_mail on mailboxes.domain = free_mail.domain
    where mailboxes.domain is not null

),

competitors as (

    -- by the company's domain, or by the person's own address
    select domains.lead_id, domains.valid_from, domains.valid_to
    from (
        select lead_id, domain, valid_from, valid_to from mailboxes
        union all
        select lead_id, value as domain, valid_from, valid_to from company_attributes
        where attribute = 'domain'
    ) as domains
    inner join {{ ref('competitor_domains') }} as competitors on domains.domain = competitors.domain

),

final as (

    select lead_id, 'contact' as entity, attribute, value, valid_from, valid_to
    from contact_attributes
    where attribute in ('job_title', 'country', 'language', 'lead_source')
    union all
    select lead_id, 'contact' as entity, 'seniority' as attribute, value, valid_from, valid_to
    from seniority
    union all
    select lead_id, 'contact' as entity, 'is_free_mail' as attribute, value, valid_from, valid_to
    from free_mail
    union all
    select lead_id, 'company' as entity, attribute, value, valid_from, valid_to
    from company_attributes
    where attribute <> 'domain' and valid_from < valid_to
    union all
    select lead_id, 'company' as entity, 'is_competitor' as attribute, 'true' as value, valid_from, valid_to
    from competitors
    where valid_from < valid_to

)

select * from final
