{{ config(unique_key='deal_id') }}

with source as (

    select * from {{ source('raw', 'deal_contacts') }}
    where {{ had_landed() }} and {{ is_concerned('deal_contacts', 'deal_id', is_readmitted=true) }}

),

known_contacts as (

    select contact_id as known_contact_id, min(_batch) as contact_first_batch
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null
    group by contact_id

),

known_deals as (

    select deal_id as known_deal_id, min(_admitted_batch) as deal_first_batch
    from {{ ref('stg_generic__deals') }}
    where quarantine_rule is null
    group by deal_id

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
        known_contacts.contact_first_batch,
        known_deals.deal_first_batch,
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

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by deal_id, contact_id, updated_at, quarantine_rule is null
            order by {{ landing_order('desc') }}
        ) > 1 as is_duplicate,
        greatest(_batch, contact_first_batch, deal_first_batch) as _admitted_batch
    from checked

),

final as (

    -- a duplicate may win over the row that held before: all rows of a key change together
    select
        *,
        max(_admitted_batch) over (
            partition by deal_id, contact_id, updated_at, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
