with final as (

    select
        deal_id,
        lead_id,
        company_id,
        status,
        lost_because,
        deal_size_band,
        cycle_length_band,
        currency,
        amount,
        reported_amount,
        cycle_seconds,
        opened_at,
        closed_at
    from {{ ref('int_deal_outcomes') }}

)

select * from final
