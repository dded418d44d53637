{#- Every deal in force, once, with the one person it is counted for: the contact of its version in
    force, else whoever was linked to it first and still is. -#}
with versions as (

    select
        *,
        row_number() over (partition by deal_id order by updated_at desc) as recency,
        lag(status) over (partition by deal_id order by updated_at) as previous_status
    from {{ ref('stg_deals') }}
    where updated_at <= {{ as_of() }}

),

turned as (

    -- since when the deal has had the status it has
    select
        deal_id,
        max(case when status is distinct from previous_status then updated_at end) as status_since
    from versions
    group by deal_id

),

links as (

    select
        deal_id,
        contact_id,
        is_removed,
        row_number() over (partition by deal_id, contact_id order by updated_at desc) as recency,
        min(updated_at) over (partition by deal_id, contact_id) as linked_at
    from {{ ref('stg_deal_contacts') }}
    where updated_at <= {{ as_of() }}

),

first_links as (

    select
        deal_id,
        contact_id,
        row_number() over (partition by deal_id order by linked_at, contact_id) as place
    from links
    where recency = 1 and not is_removed

),

held as (

    select
        versions.deal_id,
        versions.company_id,
        versions.owner_id,
        versions.status,
        upper(trim(versions.currency)) as currency,
        versions.amount,
        versions.lost_reason,
        versions.created_at as opened_at,
        case
            when versions.status in ('won', 'lost')
                then
                    case
                        when versions.closed_at <= {{ as_of() }} then versions.closed_at
                        else turned.status_since
                    end
        end as closed_at,
        aliases.lead_id,
        coalesce(aliases.is_internal, false) as is_internal
    from versions
    inner join turned on versions.deal_id = turned.deal_id
    left join first_links on versions.deal_id = first_links.deal_id and first_links.place = 1
    left join {{ ref('int_lead_aliases') }} as aliases
        on coalesce(versions.contact_id, first_links.contact_id) = aliases.contact_id
    where versions.recency = 1

),

converted as (

    select
        held.*,
        cast(round(cast(held.amount as decimal(18, 2)) * rates.rate, 2) as decimal(18, 2)) as reported_amount,
        case
            when held.status = 'won' and held.opened_at <= held.closed_at
                then {{ seconds_between('held.opened_at', 'held.closed_at') }}
        end as cycle_seconds
    from held
    left join {{ ref('int_exchange_rates') }} as rates
        on
            held.currency = rates.currency
            and {{ holds_at(
                'coalesce(held.closed_at, held.opened_at)', 'rates.valid_from', 'rates.valid_to'
            ) }}

),

bands as (

    select * from {{ ref('kpi_bands') }}

),

final as (

    select
        converted.deal_id,
        converted.lead_id,
        converted.company_id,
        converted.owner_id,
        converted.status,
        converted.currency,
        coalesce(deal_sizes.band, 'unknown') as deal_size_band,
        coalesce(cycle_lengths.band, 'unknown') as cycle_length_band,
        coalesce(reasons.reason, case when converted.status = 'lost' then 'other' end) as lost_because,
        converted.amount,
        converted.reported_amount,
        converted.cycle_seconds,
        converted.opened_at,
        converted.closed_at
    from converted
    left join bands as deal_sizes
        on
            deal_sizes.band_type = 'deal_size'
            and {{ is_in_band('converted.reported_amount', 'deal_sizes.low', 'deal_sizes.high') }}
    left join bands as cycle_lengths
        on
            cycle_lengths.band_type = 'cycle_length'
            and {{ is_in_band(
                'converted.cycle_seconds / 86400', 'cycle_lengths.low', 'cycle_lengths.high'
            ) }}
    left join {{ ref('reasons') }} as reasons
        on converted.lost_reason = reasons.reason and reasons.given_with = 'lost'
    where
        not converted.is_internal
        and (converted.lead_id is null or ({{ is_touched('converted.lead_id') }}))

)

select * from final
