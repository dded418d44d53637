{{ config(unique_key='contact_id') }}

with source as (

    select * from {{ source('raw', 'contacts') }}
    where {{ had_landed() }} and {{ is_concerned('contacts', 'contact_id') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('contact_id') }} as contact_id,
        {{ clean_text('company_id') }} as company_id,
        {{ clean_text('owner_id') }} as owner_id,
        {{ clean_text('merged_into_contact_id') }} as merged_into_contact_id,

        -- texts
        {{ clean_email() }} as email,
        {{ clean_text('first_name') }} as first_name,
        {{ clean_text('last_name') }} as last_name,
        {{ clean_text('job_title') }} as job_title,
        {{ clean_text('phone') }} as phone,
        {{ clean_code('country') }} as country,
        {{ clean_text('language') }} as language,
        {{ clean_text('lead_source') }} as lead_source,
        {{ clean_text('source_agency') }} as source_agency,

        -- booleans
        coalesce(is_deleted, false) as is_deleted,

        -- instants
        created_at,
        updated_at,

        -- landing
        _loaded_at,
        _batch,
        _row
    from source

),

checked as (

    select
        *,
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['contact_id', 'created_at', 'updated_at'])],
            ['before_1990', is_any_before_1990(['created_at', 'updated_at'])],
            ['after_load', is_any_after_load(['created_at', 'updated_at'])],
            ['text_too_long', is_any_too_long([
                'contact_id', 'email', 'first_name', 'last_name', 'job_title', 'phone', 'company_id',
                'country', 'language', 'lead_source', 'source_agency', 'owner_id',
            ])],
        ]) }} as quarantine_rule
    from renamed

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by contact_id, updated_at, quarantine_rule is null
            order by {{ landing_order('desc') }}
        ) > 1 as is_duplicate,
        _batch as _admitted_batch
    from checked

),

final as (

    -- a duplicate may win over the row that held before: all rows of a key change together
    select
        *,
        max(_admitted_batch) over (
            partition by contact_id, updated_at, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
