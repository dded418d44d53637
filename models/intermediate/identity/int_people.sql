with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

internal_domains as (

    select * from {{ ref('internal_domains') }}

),

identifying_events as (

    select event_people.lead_id, min(events.occurred_at) as first_named_at
    from {{ ref('int_event_people') }} as event_people
    inner join {{ ref('stg_events') }} as events on event_people.event_id = events.event_id
    where event_people.is_named
    group by event_people.lead_id

),

people as (

    select
        aliases.lead_id,
        min(aliases.created_at) as first_created_at,
        max(case when internal_domains.domain is not null then 1 else 0 end) = 1 as is_internal,
        max(case when aliases.is_merge_cycle then 1 else 0 end) = 1 as is_merge_cycle,
        min(case when aliases.is_deleted then 1 else 0 end) = 1 as is_deleted
    from aliases
    left join internal_domains on {{ email_domain('aliases.email') }} = internal_domains.domain
    group by aliases.lead_id

),

final as (

    select
        people.lead_id,
        least(
            people.first_created_at,
            coalesce(identifying_events.first_named_at, people.first_created_at)
        ) as identified_at,
        people.first_created_at,
        people.is_internal,
        people.is_merge_cycle,
        people.is_deleted
    from people
    left join identifying_events on people.lead_id = identifying_events.lead_id

)

select * from final
