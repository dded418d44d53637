with recycled as (

    select lead_id, occurred_at as reset_at, 'recycled' as reset_kind, activity_id as fact_id
    from {{ ref('int_activities') }}
    where is_reset

),

holders as (

    select * from {{ ref('int_deal_holders') }}

),

lost as (

    select distinct lead_id, deal_id, valid_from as lost_at from holders
    where is_turned_lost

),

kept as (

    -- another deal still open or won keeps the lead where it is
    select distinct lost.lead_id, lost.lost_at
    from lost
    inner join holders
        on
            lost.lead_id = holders.lead_id
            and {{ holds_at('lost.lost_at', 'holders.valid_from', 'holders.valid_to') }}
    where holders.status in ('open', 'won')

),

final as (

    select lead_id, reset_at, reset_kind, fact_id from recycled
    union all
    select lost.lead_id, lost.lost_at as reset_at, 'deal_lost' as reset_kind, lost.deal_id as fact_id
    from lost
    left join kept on lost.lead_id = kept.lead_id and lost.lost_at = kept.lost_at
    where kept.lead_id is null

)

select * from final
