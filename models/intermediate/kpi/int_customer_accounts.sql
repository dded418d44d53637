{#- Since when an account has been a customer: a company, or a person without one. Of everybody: one
    person's win makes another one's business expansion. -#}
with deals as (

    {{ with_untouched('int_deal_outcomes', 'marts', 'deal_outcomes', [
        'company_id', 'status', 'closed_at',
    ]) }}

),

people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', ['company_id']) }}

),

final as (

    select
        coalesce(deals.company_id, people.company_id, deals.lead_id) as account_id,
        min(deals.closed_at) as won_at
    from deals
    left join people on deals.lead_id = people.lead_id
    where deals.status = 'won' and coalesce(deals.company_id, people.company_id, deals.lead_id) is not null
    group by coalesce(deals.company_id, people.company_id, deals.lead_id)

)

select * from final
