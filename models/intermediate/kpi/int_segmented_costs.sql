{#- What marketing spent, in the currency that reports are in. Costs are known by campaign and lead
    source, so these and the lever are all they can be reported under. -#}
with costs as (

    select
        campaign_id,
        {{ segment_of('lead_source') }} as lead_source,
        cast(cost_date as timestamp) as spent_at,
        upper(trim(currency)) as currency,
        amount
    from {{ ref('stg_campaign_costs') }}

),

final as (

    select
        costs.campaign_id,
        coalesce(sources.lever, 'unknown') as lever,
        costs.lead_source,
        {{ month_of('costs.spent_at') }} as month,
        cast(round(cast(costs.amount as decimal(18, 2)) * rates.rate, 2) as decimal(18, 2)) as cost
    from costs
    left join {{ ref('lead_sources') }} as sources on costs.lead_source = sources.lead_source
    left join {{ ref('int_exchange_rates') }} as rates
        on
            costs.currency = rates.currency
            and {{ holds_at('costs.spent_at', 'rates.valid_from', 'rates.valid_to') }}
    where costs.spent_at <= {{ as_of() }}

)

select * from final
