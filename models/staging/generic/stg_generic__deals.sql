{{ config(unique_key='deal_id') }}

with source as (

    select * from {{ source('raw', 'deals') }}
    where {{ had_landed() }} and {{ is_concerned('deals', 'deal_id', is_readmitted=true) }}

),

known_contacts as (

    select contact_id as known_contact_id, min(_batch) as contact_first_batch
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null
    group by contact_id

),

renamed as (

    select
        -- ids
        {{ clean_text('deal_id') }} as deal_id,
        {{ clean_text('contact_id') }} as contact_id,
        {{ clean_text('company_id') }} as company_id,
        {{ clean_text('owner_id') }} as owner_id,

        -- texts
        {{ clean_label('status') }} as status,
        {{ clean_text('stage') }} as stage,
        {{ clean_code('currency') }} as currency,
        {{ clean_label('lost_reason') }} as lost_reason,

        -- numbers
        amount,

        -- instants
        created_at,
        closed_at,
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
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['deal_id', 'status', 'created_at', 'updated_at'])],
            ['before_1990', is_any_before_1990(['created_at', 'updated_at', 'closed_at'])],
            ['after_load', is_any_after_load(['created_at', 'updated_at'])],
            ['unknown_status', is_unknown('status', ['open', 'won', 'lost'])],
            ['won_before_created',
                "status = 'won' and (closed_at < created_at or updated_at < created_at)"],
            ['text_too_long', is_any_too_long([
                'deal_id', 'company_id', 'owner_id', 'stage', 'currency', 'lost_reason',
            ])],
            ['unknown_contact', 'contact_id is not null and known_contact_id is null'],
        ]) }} as quarantine_rule
    from renamed
    left join known_contacts on renamed.contact_id = known_contacts.known_contact_id

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by deal_id, updated_at, quarantine_rule is null
            order by {{ landing_order('desc') }}
        ) > 1 as is_duplicate,
        greatest(_batch, contact_first_batch) as _admitted_batch
    from checked

),

final as (

    -- a duplicate may win over the row that held before: all rows of a key change together
    select
        *,
        max(_admitted_batch) over (
            partition by deal_id, updated_at, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
