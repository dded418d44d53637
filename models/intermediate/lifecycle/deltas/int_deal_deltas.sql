{#- Deals in force, open or won, of the people who hold them. -#}
with spans as (

    select
        lead_id,
        cast(null as bigint) as epoch,
        case status when 'won' then 'won_deals' else 'open_deals' end as measure,
        valid_from,
        valid_to
    from {{ ref('int_deal_holders') }}
    where status in ('open', 'won')

),

final as (

    {{ span_deltas('spans', 'lead_id, epoch, measure') }}

)

select * from final
