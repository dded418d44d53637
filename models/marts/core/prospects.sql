with stays as (

    select
        *,
        row_number() over (partition by lead_id order by valid_from) as prospect_number
    from {{ ref('int_lead_stays') }}
    where stage = 'prospect'

),

last_states as (

    -- as the prospect stands now, or stood when it left
    select
        stays.lead_id,
        stays.prospect_number,
        states.temperature,
        states.is_call_recommended,
        row_number() over (
            partition by stays.lead_id, stays.prospect_number order by states.instant desc
        ) as recency
    from stays
    inner join {{ ref('int_lead_states') }} as states
        on
            stays.lead_id = states.lead_id
            and stays.valid_from <= states.instant
            and coalesce(stays.valid_to, {{ end_of_time() }}) > states.instant

),

deals as (

    select
        stays.lead_id,
        stays.prospect_number,
        holders.deal_id,
        versions.amount,
        versions.currency,
        versions.owner_id,
        row_number() over (
            partition by stays.lead_id, stays.prospect_number
            order by holders.valid_from desc, versions.updated_at desc, holders.deal_id asc
        ) as recency
    from stays
    inner join {{ ref('int_deal_holders') }} as holders
        on
            stays.lead_id = holders.lead_id
            and coalesce(stays.valid_to, {{ end_of_time() }}) > holders.valid_from
            and stays.valid_from < holders.valid_to
            and holders.status = 'open'
    inner join {{ ref('stg_deals') }} as versions
        on
            holders.deal_id = versions.deal_id
            and holders.valid_to > versions.updated_at
            and versions.updated_at <= {{ as_of() }}

),

final as (

    select
        stays.lead_id,
        cast(stays.prospect_number as bigint) as prospect_number,
        stays.path,
        stays.next_stage as left_to,
        last_states.temperature,
        stays.definition_version,
        coalesce(deals.owner_id, profiles.owner_id) as owner_id,
        deals.deal_id,
        deals.currency,
        deals.amount,
        last_states.is_call_recommended,
        stays.valid_from as entered_at,
        stays.valid_to as left_at
    from stays
    inner join last_states
        on
            stays.lead_id = last_states.lead_id
            and stays.prospect_number = last_states.prospect_number
            and last_states.recency = 1
    left join deals
        on
            stays.lead_id = deals.lead_id
            and stays.prospect_number = deals.prospect_number
            and deals.recency = 1
    left join {{ ref('int_lead_profiles') }} as profiles on stays.lead_id = profiles.lead_id

)

select * from final
