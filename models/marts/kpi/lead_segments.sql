with final as (

    select
        lead_id,
        company_id,
        lever,
        lead_source,
        industry,
        company_size_band,
        country,
        deal_size_band,
        cycle_length_band,
        source_agency,
        has_legal_basis,
        has_proof,
        has_objected,
        duplicate_contacts
    from {{ ref('int_lead_segments') }}

)

select * from final
