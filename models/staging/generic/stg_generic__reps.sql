{{ config(unique_key='rep_id') }}

with source as (

    select * from {{ source('raw', 'reps') }}
    where {{ had_landed() }} and {{ is_concerned('reps', 'rep_id') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('rep_id') }} as rep_id,
        {{ clean_text('manager_id') }} as manager_id,

        -- texts
        {{ clean_text('name') }} as name,
        {{ clean_label('email') }} as email,
        {{ clean_text('role') }} as role,
        {{ clean_text('team') }} as team,

        -- booleans
        coalesce(is_active, true) as is_active,

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
            ['empty_key', is_any_empty(['rep_id', 'updated_at'])],
            ['before_1990', is_any_before_1990(['updated_at'])],
            ['after_load', is_any_after_load(['updated_at'])],
            ['unknown_role', is_unknown('role', ['SDR', 'AE', 'manager'])],
        ]) }} as quarantine_rule
    from renamed

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by rep_id, updated_at, quarantine_rule is null
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
            partition by rep_id, updated_at, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
