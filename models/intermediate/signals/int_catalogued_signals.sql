{{ config(materialized='view') }}

with interactions as (

    select * from {{ ref('int_interactions') }}

),

matches as (

    select * from {{ ref('int_catalogue_matches') }}

),

final as (

    select
        interactions.lead_id,
        interactions.occurred_at as signal_at,
        interactions.fact_id,
        interactions.is_activity,
        interactions.is_reset,
        matches.signal,
        matches.category,
        matches.is_hand_raise,
        matches.page_group
    from interactions
    inner join matches
        on
            interactions.event_type = matches.event_type
            and interactions.page_url is not distinct from matches.page_url
            and interactions.content_id is not distinct from matches.content_id
            and interactions.content_title is not distinct from matches.content_title

)

select * from final
