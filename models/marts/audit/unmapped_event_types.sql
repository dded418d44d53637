with events as (

    select * from {{ ref('stg_events') }}
    where occurred_at <= {{ as_of() }}

),

catalogue as (

    select {{ clean_label('event_type') }} as event_type from {{ ref('signal_catalogue') }}
    union
    select event_type from {{ ref('closing_events') }}

),

unmapped as (

    select events.* from events
    left join catalogue on events.event_type = catalogue.event_type
    where catalogue.event_type is null

),

final as (

    select
        unmapped.event_type,
        cast(count(*) as bigint) as events,
        cast(count(distinct coalesce(aliases.lead_id, owners.lead_id)) as bigint) as people,
        min(unmapped.occurred_at) as first_seen_at,
        max(unmapped.occurred_at) as last_seen_at
    from unmapped
    left join {{ ref('int_lead_aliases') }} as aliases on unmapped.contact_id = aliases.contact_id
    left join {{ ref('int_email_owners') }} as owners on unmapped.email = owners.email
    group by unmapped.event_type

)

select * from final
