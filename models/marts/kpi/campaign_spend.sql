with final as (

    select
        campaign_id,
        lead_source,
        lever,
        month,
        {{ as_double('sum(cost)') }} as cost,
        {{ counted('cost is null') }} as costs_without_rate
    from {{ ref('int_segmented_costs') }}
    group by campaign_id, lead_source, lever, month

)

select * from final
