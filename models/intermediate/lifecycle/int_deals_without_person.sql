{#- Deals in force at `as_of` that belong to nobody; a finding, not an error. -#}
with deals as (

    select
        deal_id,
        contact_id,
        min(created_at) over (partition by deal_id) as occurred_at,
        row_number() over (partition by deal_id order by updated_at desc) as recency
    from {{ ref('stg_deals') }}
    where updated_at <= {{ as_of() }}

),

linked as (

    select distinct deal_id from {{ ref('stg_deal_contacts') }}
    where not is_removed and updated_at <= {{ as_of() }}

),

final as (

    select deals.deal_id, deals.occurred_at
    from deals
    left join linked on deals.deal_id = linked.deal_id
    where deals.recency = 1 and deals.contact_id is null and linked.deal_id is null

)

select * from final
