{#- Every instant at which a person's deal appears, changes its status or goes to somebody else. -#}
with holders as (

    select * from {{ ref('int_deal_holders') }}

),

final as (

    select distinct lead_id, deal_id, status, valid_from as occurred_at from holders
    union
    select distinct holders.lead_id, holders.deal_id, 'left' as status, holders.valid_to as occurred_at
    from holders
    left join holders as still_held
        on
            holders.lead_id = still_held.lead_id
            and holders.deal_id = still_held.deal_id
            and {{ holds_at('holders.valid_to', 'still_held.valid_from', 'still_held.valid_to') }}
    where still_held.lead_id is null and holders.valid_to <= {{ as_of() }}

)

select * from final
