with people as (

    select * from {{ ref('int_people') }}

),

events as (

    select
        events.event_id,
        events.contact_id,
        events.email,
        event_people.lead_id,
        event_people.is_named
    from {{ ref('stg_events') }} as events
    left join {{ ref('int_event_people') }} as event_people on events.event_id = event_people.event_id
    where events.occurred_at <= {{ as_of() }}

),

final as (

    select 'contacts' as measure, cast(count(*) as bigint) as value from {{ ref('int_lead_aliases') }}
    union all
    select 'people', count(*) from people
    where not is_internal
    union all
    select 'internal_people', count(*) from people
    where is_internal
    union all
    select 'events_named', count(*) from events
    where is_named
    union all
    select 'events_stitched', count(*) from events
    where not is_named
    union all
    select 'events_anonymous', count(*) from events
    where lead_id is null and contact_id is null and email is null
    union all
    select 'events_of_unknown_people', count(*) from events
    where lead_id is null and coalesce(contact_id, email) is not null

)

select * from final
