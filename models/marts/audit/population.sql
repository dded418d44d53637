with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

people as (

    select distinct lead_id, is_internal from aliases

),

upkeep as (

    {{ with_untouched('int_lead_upkeep', 'control', 'lead_upkeep', ['events_named', 'events_stitched']) }}

),

owned as (

    select
        coalesce(sum(events_named), 0) as events_named,
        coalesce(sum(events_stitched), 0) as events_stitched
    from upkeep

),

events as (

    select
        count(*) as events,
        count(coalesce(contact_id, email)) as events_naming
    from {{ ref('stg_events') }}
    where occurred_at <= {{ as_of() }}

),

counted as (

    select 'contacts' as measure, count(*) as value from aliases
    union all
    select 'people', count(*) from people
    where not is_internal
    union all
    select 'internal_people', count(*) from people
    where is_internal
    union all
    select 'events_named', events_named from owned
    union all
    select 'events_stitched', events_stitched from owned
    union all
    select 'events_anonymous', events.events - events.events_naming - owned.events_stitched
    from events
    cross join owned
    union all
    select 'events_of_unknown_people', events.events_naming - owned.events_named
    from events
    cross join owned

),

final as (

    select measure, cast(value as bigint) as value from counted

)

select * from final
