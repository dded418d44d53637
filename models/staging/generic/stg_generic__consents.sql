{{ config(unique_key='consent_id') }}

with source as (

    select * from {{ source('raw', 'consents') }}
    where {{ had_landed() }} and {{ is_concerned('consents', 'consent_id', is_readmitted=true) }}

),

known_contacts as (

    select contact_id as known_contact_id, min(_batch) as contact_first_batch
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null
    group by contact_id

),

known_emails as (

    select email as known_email, min(_batch) as email_first_batch
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null and email is not null
    group by email

),

renamed as (

    select
        -- ids
        {{ clean_text('consent_id') }} as consent_id,
        {{ clean_text('contact_id') }} as contact_id,

        -- texts
        {{ clean_email() }} as email,
        {{ clean_label('kind') }} as kind,
        coalesce({{ clean_label('channel') }}, 'all') as channel,
        {{ clean_label('legal_basis') }} as legal_basis,
        {{ clean_text('notice') }} as notice,
        {{ clean_text('source') }} as source,

        -- instants
        occurred_at,

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
        known_emails.email_first_batch,
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['consent_id', 'occurred_at', 'kind'])
                ~ ' or coalesce(contact_id, email) is null'],
            ['before_1990', is_any_before_1990(['occurred_at'])],
            ['after_load', is_any_after_load(['occurred_at'])],
            ['unknown_kind', is_unknown('kind', ['informed', 'opt_in', 'opt_out', 'objection', 'erasure'])],
            ['unknown_channel', is_unknown('channel', ['email', 'phone', 'postal', 'all'])],
            ['text_too_long', is_any_too_long(['consent_id', 'email', 'legal_basis', 'notice', 'source'])],
            ['unknown_contact', 'known_contact_id is null and known_email is null'],
        ]) }} as quarantine_rule
    from renamed
    left join known_contacts on renamed.contact_id = known_contacts.known_contact_id
    left join known_emails on renamed.email = known_emails.known_email

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by consent_id, quarantine_rule is null
            order by {{ landing_order() }}
        ) > 1 as is_duplicate,
        greatest(_batch, least(contact_first_batch, email_first_batch)) as _admitted_batch
    from checked

),

final as (

    -- a duplicate may win over the row that held before: all rows of a key change together
    select
        *,
        max(_admitted_batch) over (
            partition by consent_id, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
