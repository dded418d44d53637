with kinds as (

    -- the catalogue is read once per kind of interaction, not once per interaction
    select distinct event_type, page_url, content_id, content_title
    from {{ ref('int_interactions') }}

),

catalogue as (

    select * from {{ ref('signal_catalogue') }}

),

matched as (

    select
        kinds.*,
        catalogue.signal,
        catalogue.category,
        coalesce(catalogue.is_hand_raise, false) as is_hand_raise,
        catalogue.page_group,
        row_number() over (
            partition by kinds.event_type, kinds.page_url, kinds.content_id, kinds.content_title
            order by catalogue.priority
        ) as place
    from kinds
    inner join catalogue on kinds.event_type = {{ clean_label('catalogue.event_type') }}
    where
        (
            catalogue.url_pattern is null
            or {{ contains_any("coalesce(kinds.page_url, '')", 'catalogue.url_pattern') }}
        )
        and (
            catalogue.content_pattern is null
            or {{ contains_any(
                "coalesce(kinds.content_id, '') || ' ' || coalesce(kinds.content_title, '')",
                'catalogue.content_pattern'
            ) }}
        )

),

final as (

    select
        event_type, page_url, content_id, content_title,
        signal, category, is_hand_raise, page_group
    from matched
    where place = 1

)

select * from final
