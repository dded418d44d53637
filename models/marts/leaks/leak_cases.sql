with final as (

    select
        -- ids
        case_id,
        lead_id,
        deal_id,
        owner_id,

        -- what slips away, and where to look
        leak,
        evidence,

        -- numbers
        deal_value,

        -- instants
        leaked_at
    from {{ ref('int_leak_cases') }}

)

select * from final
