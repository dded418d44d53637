-- whatever the number, it falls into one band: each begins where the one before ends
with bands as (

    select
        band_type,
        band,
        low,
        high,
        lead(low) over (partition by band_type order by low) as next_low
    from {{ ref('kpi_bands') }}

)

select band_type, band from bands
where high is distinct from next_low
