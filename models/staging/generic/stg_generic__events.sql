{{ config(unique_key='event_id') }}

{#- Judging rows among those of the same key costs; only keys that come more than once need it. And a
    run that brings the table up to date finds its rows by their key first, in one column. -#}
{%- set judged = 'events' if is_incremental() else ref('base_generic__events') -%}

with events as (

    {% if is_incremental() -%}
    select base.* from {{ ref('base_generic__events') }} as base
    inner join (
        select source._batch, source._row from {{ source('raw', 'events') }} as source
        where {{ is_concerned('events', 'event_id') }}
    ) as concerned on base._batch = concerned._batch and base._row = concerned._row
    {%- else -%}
    select * from {{ ref('base_generic__events') }}
    {%- endif %}

),

repeated as (

    select event_id from {{ judged }}
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
    from {{ judged }}
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
