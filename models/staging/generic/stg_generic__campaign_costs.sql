{{ config(unique_key='campaign_id') }}

with source as (

    select * from {{ source('raw', 'campaign_costs') }}
    where {{ had_landed() }} and {{ is_concerned('campaign_costs', 'campaign_id') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('campaign_id') }} as campaign_id,

        -- texts
        {{ clean_text('lead_source') }} as lead_source,
        {{ clean_code('currency') }} as currency,

        -- numbers
        amount,

        -- dates
        cost_date,

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
            ['empty_key', is_any_empty(['campaign_id', 'cost_date', 'amount', 'currency'])],
            ['before_1990', is_any_before_1990(['cost_date'])],
            ['after_load', is_any_after_load(['cost_date'])],
        ]) }} as quarantine_rule
    from renamed

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by campaign_id, lead_source, cost_date, quarantine_rule is null
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
            partition by campaign_id, lead_source, cost_date, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
