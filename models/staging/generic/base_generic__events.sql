{{ config(materialized='view') }}

{#- Events renamed, cast and checked, each row by itself. -#}

with source as (

    select * from {{ source('raw', 'events') }}
    where {{ had_landed() }}

),

renamed as (

    select
        -- ids
        {{ clean_text('event_id') }} as event_id,
        {{ clean_text('contact_id') }} as contact_id,
        coalesce({{ clean_text('anonymous_id') }}, _erased_cookie) as anonymous_id,
        {{ clean_text('content_id') }} as content_id,
        {{ clean_text('campaign_id') }} as campaign_id,

        -- texts
        {{ clean_email() }} as email,
        {{ clean_label('event_type') }} as event_type,
        {{ clean_text('page_url') }} as page_url,
        {{ clean_text('content_title') }} as content_title,
        {{ clean_text('channel') }} as channel,
        properties,

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
        *,
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['event_id', 'occurred_at', 'event_type'])],
            ['before_1990', is_any_before_1990(['occurred_at'])],
            ['after_load', is_any_after_load(['occurred_at'])],
            ['text_too_long', is_any_too_long([
                'event_id', 'contact_id', 'anonymous_id', 'content_id', 'campaign_id', 'email',
                'event_type', 'page_url', 'content_title', 'channel', as_text('properties'),
            ])],
        ]) }} as quarantine_rule
    from renamed

)

select * from checked
