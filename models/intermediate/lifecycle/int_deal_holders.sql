{#- Who holds a deal, from when until when, with its status: the contact of the version in force,
    and every contact linked to it. -#}
with deals as (

    select
        deal_id,
        contact_id,
        status,
        lag(status) over (partition by deal_id order by updated_at) as previous_status,
        updated_at as valid_from,
        lead(updated_at, 1, {{ end_of_time() }}) over (
            partition by deal_id order by updated_at
        ) as valid_to
    from {{ ref('stg_deals') }}
    where updated_at <= {{ as_of() }}

),

links as (

    select
        deal_id,
        contact_id,
        is_removed,
        updated_at as valid_from,
        lead(updated_at, 1, {{ end_of_time() }}) over (
            partition by deal_id, contact_id order by updated_at
        ) as valid_to
    from {{ ref('stg_deal_contacts') }}
    where updated_at <= {{ as_of() }}

),

held as (

    select deal_id, contact_id, status, previous_status, valid_from as version_from, valid_from, valid_to
    from deals
    where contact_id is not null
    union all
    select
        deals.deal_id,
        links.contact_id,
        deals.status,
        deals.previous_status,
        deals.valid_from as version_from,
        greatest(deals.valid_from, links.valid_from) as valid_from,
        least(deals.valid_to, links.valid_to) as valid_to
    from deals
    inner join links on deals.deal_id = links.deal_id
    where not links.is_removed

),

final as (

    select
        aliases.lead_id,
        held.deal_id,
        held.status,
        held.valid_from,
        held.valid_to,
        held.valid_from = held.version_from
        and {{ is_turned_lost('held.status', 'held.previous_status') }} as is_turned_lost
    from held
    inner join {{ ref('int_lead_aliases') }} as aliases on held.contact_id = aliases.contact_id
    inner join {{ ref('int_people') }} as people on aliases.lead_id = people.lead_id
    where held.valid_from < held.valid_to and not people.is_internal

)

select * from final
