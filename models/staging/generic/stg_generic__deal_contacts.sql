with source as (

    select * from {{ source('raw', 'deal_contacts') }}
    where {{ had_landed() }}

),

known_contacts as (

    select distinct contact_id as known_contact_id from {{ ref('stg_contacts') }}

),

known_deals as (

    select distinct deal_id as known_deal_id from {{ ref('stg_deals') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('deal_id') }} as deal_id,
        {{ clean_text('contact_id') }} as contact_id,

        -- booleans
        coalesce(is_removed, false) as is_removed,

        -- instants
        updated_at,

        -- landing
        _loaded_at,
        _batch,
        _row
    from source

),

checked as (

    select
        renamed.*,
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['deal_id', 'contact_id', 'updated_at'])],
            ['before_1990', is_any_before_1990(['updated_at'])],
            ['after_load', is_any_after_load(['updated_at'])],
            ['unknown_contact', 'known_contact_id is null'],
            ['unknown_deal', 'known_deal_id is null'],
        ]) }} as quarantine_rule
    from renamed
    left join known_contacts on renamed.contact_id = known_contacts.known_contact_id
    left join known_deals on renamed.deal_id = known_deals.known_deal_id

),

final as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by deal_id, contact_id, updated_at, quarantine_rule is null
            order by {{ landing_order('desc') }}
        ) > 1 as is_duplicate
    from checked

)

select * from final
