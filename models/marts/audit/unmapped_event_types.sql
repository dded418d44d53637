with interactions as (

    select * from {{ ref('int_interactions') }}
    where not is_activity and occurred_at <= {{ as_of() }}

),

catalogue as (

    select distinct lower(trim(event_type)) as event_type from {{ ref('signal_catalogue') }}

),

final as (

    select
        interactions.event_type,
        cast(count(*) as bigint) as events,
        cast(count(distinct interactions.lead_id) as bigint) as people,
        min(interactions.occurred_at) as first_seen_at,
        max(interactions.occurred_at) as last_seen_at
    from interactions
    left join catalogue on interactions.event_type = catalogue.event_type
    where catalogue.event_type is null
    group by interactions.event_type

)

select * from final
