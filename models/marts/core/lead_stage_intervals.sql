with final as (

    select
        lead_id,
        stage,
        path,
        definition_version,
        valid_from,
        valid_to
    from {{ ref('int_lead_stays') }}

)

select * from final
