{#- What each person is reported under, as known at `as_of`, and what is on record of where they come
    from. Whether their account has bought before depends on others: int_customer_accounts. -#}
with profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

companies as (

    select
        company_id,
        max(case when attribute = 'industry' then value end) as industry,
        max(case when attribute = 'country' then value end) as country,
        max(case when attribute = 'employee_count' then {{ number_in('value') }} end) as employee_count
    from {{ ref('int_company_attributes') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}
    group by company_id

),

latest_deals as (

    select
        lead_id,
        deal_size_band,
        cycle_length_band,
        row_number() over (partition by lead_id order by opened_at desc, deal_id desc) as recency
    from {{ ref('int_deal_outcomes') }}
    where lead_id is not null

),

consents as (

    select
        lead_id,
        max(
            case when kind = 'opt_in' or (kind = 'informed' and notice is not null) then 1 else 0 end
        ) = 1 as has_proof
    from {{ ref('int_consents') }}
    group by lead_id

),

records as (

    select lead_id, count(*) - 1 as duplicate_contacts from {{ ref('int_lead_aliases') }}
    group by lead_id

),

bands as (

    select * from {{ ref('kpi_bands') }}
    where band_type = 'company_size'

),

final as (

    select
        profiles.lead_id,
        profiles.company_id,
        coalesce(contactability.lever, 'unknown') as lever,
        {{ segment_of('profiles.lead_source') }} as lead_source,
        {{ segment_of('companies.industry') }} as industry,
        coalesce(bands.band, 'unknown') as company_size_band,
        coalesce(
            upper(nullif(trim(profiles.country), '')), upper(nullif(trim(companies.country), '')), 'unknown'
        ) as country,
        coalesce(latest_deals.deal_size_band, 'unknown') as deal_size_band,
        coalesce(latest_deals.cycle_length_band, 'unknown') as cycle_length_band,
        coalesce(nullif(trim(profiles.source_agency), ''), 'none') as source_agency,
        contactability.legal_basis is not null as has_legal_basis,
        coalesce(consents.has_proof, false) as has_proof,
        contactability.has_ever_closed as has_objected,
        cast(records.duplicate_contacts as integer) as duplicate_contacts
    from profiles
    inner join contactability on profiles.lead_id = contactability.lead_id
    inner join records on profiles.lead_id = records.lead_id
    left join companies on profiles.company_id = companies.company_id
    left join bands on {{ is_in_band('companies.employee_count', 'bands.low', 'bands.high') }}
    left join latest_deals on profiles.lead_id = latest_deals.lead_id and latest_deals.recency = 1
    left join consents on profiles.lead_id = consents.lead_id

)

select * from final
