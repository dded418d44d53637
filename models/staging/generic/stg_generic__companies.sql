{{ config(unique_key='company_id') }}

with source as (

    select * from {{ source('raw', 'companies') }}
    where {{ had_landed() }} and {{ is_concerned('companies', 'company_id') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('company_id') }} as company_id,

        -- texts
        {{ clean_text('name') }} as name,
        {{ clean_label('domain') }} as domain,
        {{ clean_text('industry') }} as industry,
        {{ clean_code('country') }} as country,

        -- numbers
        employee_count,
        annual_revenue,

        -- booleans
        coalesce(is_deleted, false) as is_deleted,

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
        *,
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['company_id', 'updated_at'])],
            ['before_1990', is_any_before_1990(['updated_at'])],
            ['after_load', is_any_after_load(['updated_at'])],
            ['negative_number', 'employee_count < 0 or annual_revenue < 0'],
            ['text_too_long', is_any_too_long(['company_id', 'name', 'domain', 'industry', 'country'])],
        ]) }} as quarantine_rule
    from renamed

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by company_id, updated_at, quarantine_rule is null
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
            partition by company_id, updated_at, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
