{#- The size of each person's company, as a band, and while it was so. -#}
with companies as (

    select * from {{ ref('int_lead_companies') }}

),

sizes as (

    select * from {{ ref('int_company_attributes') }}
    where attribute = 'employee_count'

),

bands as (

    select * from {{ ref('kpi_bands') }}
    where band_type = 'company_size'

),

final as (

    select
        companies.lead_id,
        bands.band as company_size_band,
        greatest(companies.valid_from, sizes.valid_from) as valid_from,
        least(companies.valid_to, sizes.valid_to) as valid_to
    from companies
    inner join sizes
        on
            companies.company_id = sizes.company_id
            and companies.valid_from < sizes.valid_to
            and companies.valid_to > sizes.valid_from
    inner join bands on {{ is_in_band(number_in('sizes.value'), 'bands.low', 'bands.high') }}

)

select * from final
