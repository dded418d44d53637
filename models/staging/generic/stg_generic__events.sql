{{ config(unique_key='event_id') }}

{#- Judging rows among those of the same key costs; only keys that come more than once need it. -#}
with events as (

    select * from {{ ref('base_generic__events') }}
    where {{ is_concerned('events', 'event_id') }}

),

repeated as (

    select event_id from {{ ref('base_generic__events') }}
    where {{ is_concerned('events', 'event_id') }}
    group by event_id
    having count(*) > 1

),

ranked as (

    select
        _batch,
        _row,
        quarantine_rule is null and row_number() over (
            partition by event_id, quarantine_rule is null
            order by {{ landing_order() }}
        ) > 1 as is_duplicate,
        -- a duplicate may win over the row that held before: all rows of a key change together
        max(_batch) over (partition by event_id, quarantine_rule is null) as _changed_batch
    from {{ ref('base_generic__events') }}
    where event_id in (select repeated.event_id from repeated)

),

final as (

    select
        events.*,
        coalesce(ranked.is_duplicate, false) as is_duplicate,
        events._batch as _admitted_batch,
        coalesce(ranked._changed_batch, events._batch) as _changed_batch
    from events
    left join ranked on events._batch = ranked._batch and events._row = ranked._row

)

select * from final
