with domains as (

    select company_id, value as domain, valid_from, valid_to
    from {{ ref('int_company_attributes') }}
    where attribute = 'domain'

),

boundaries as (

    select domain, valid_from as instant from domains
    union
    select domain, valid_to as instant from domains

),

spans as (

    select
        domain,
        instant as valid_from,
        lead(instant) over (partition by domain order by instant) as valid_to
    from boundaries

),

final as (

    -- where several companies claim a domain, the smallest id has it
    select
        spans.domain,
        spans.valid_from,
        spans.valid_to,
        min(domains.company_id) as company_id
    from spans
    inner join domains
        on
            spans.domain = domains.domain
            and spans.valid_from >= domains.valid_from
            and spans.valid_from < domains.valid_to
    where spans.valid_to is not null
    group by spans.domain, spans.valid_from, spans.valid_to

)

select * from final
