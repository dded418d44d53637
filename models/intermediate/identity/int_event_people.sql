with events as (

    select * from {{ ref('int_events_at_hand') }}

),

aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

email_owners as (

    select * from {{ ref('int_email_owners') }}

),

named as (

    select
        events.*,
        coalesce(aliases.lead_id, email_owners.lead_id) as lead_id
    from events
    left join aliases on events.contact_id = aliases.contact_id
    left join email_owners on events.email = email_owners.email
    where events.contact_id is not null or events.email is not null

),

identifications as (

    select
        *,
        row_number() over (partition by anonymous_id order by occurred_at, event_id) as place
    from named
    where anonymous_id is not null and lead_id is not null

),

anonymous as (

    select events.* from events
    where
        events.contact_id is null
        and events.email is null
        and events.anonymous_id in (select identifications.anonymous_id from identifications)

),

looked_back as (

    -- peers of one instant are seen together: at or before
    select
        event_id,
        anonymous_id,
        max(place) over (partition by anonymous_id order by occurred_at) as last_place
    from (
        select event_id, occurred_at, anonymous_id, cast(null as bigint) as place from anonymous
        union all
        select {{ as_text('null') }} as event_id, occurred_at, anonymous_id, place from identifications
    ) as both_kinds

),

stitched as (

    -- the latest identification at or before it, else the first one after
    select anonymous.*, identifications.lead_id
    from looked_back
    inner join anonymous on looked_back.event_id = anonymous.event_id
    inner join identifications
        on
            looked_back.anonymous_id = identifications.anonymous_id
            and coalesce(looked_back.last_place, 1) = identifications.place

),

assigned as (

    select *, true as is_named from named
    where lead_id is not null
    union all
    select *, false as is_named from stitched

),

final as (

    select
        lead_id, event_id, occurred_at, event_type, page_url, content_id, content_title, campaign_id, is_named
    from assigned
    where {{ is_touched('lead_id') }}

)

select * from final
