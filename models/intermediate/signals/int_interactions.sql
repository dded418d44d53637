{{ config(materialized='view') }}

{#- Whatever may be a signal: events of known people, and sales activities as
    `<activity_type>_<outcome>`. -#}
with events as (

    select
        events.lead_id,
        events.event_id as fact_id,
        events.occurred_at,
        events.event_type,
        events.page_url,
        events.content_id,
        events.content_title,
        false as is_activity,
        false as is_automated,
        false as is_reset
    from {{ ref('int_event_people') }} as events
    inner join {{ ref('int_people') }} as people on events.lead_id = people.lead_id
    where not people.is_internal

),

activities as (

    select
        lead_id,
        activity_id as fact_id,
        occurred_at,
        activity_type || '_' || outcome as event_type,
        {{ as_text('null') }} as page_url,
        {{ as_text('null') }} as content_id,
        {{ as_text('null') }} as content_title,
        true as is_activity,
        is_automated,
        is_reset
    from {{ ref('int_activities') }}
    where outcome is not null

),

final as (

    select * from events
    union all
    select * from activities

)

select * from final
