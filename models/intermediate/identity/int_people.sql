with aliases as (

    select * from {{ ref('int_lead_aliases') }}
    where {{ is_touched('lead_id') }}

),

identifying_events as (

    select lead_id, min(occurred_at) as first_named_at
    from {{ ref('int_event_people') }}
    where is_named
    group by lead_id

),

people as (

    select
        aliases.lead_id,
        min(aliases.created_at) as first_created_at,
        max(case when aliases.is_internal then 1 else 0 end) = 1 as is_internal,
        max(case when aliases.is_merge_cycle then 1 else 0 end) = 1 as is_merge_cycle,
        min(case when aliases.is_deleted then 1 else 0 end) = 1 as is_deleted
    from aliases
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
