{#- What marketing had last in front of a person at each entry into a stage. -#}
with entries as (

    select * from {{ ref('int_numbered_entries') }}

),

touches as (

    select lead_id, event_id, occurred_at, 'campaign' as asset_type, campaign_id as asset_id
    from {{ ref('int_event_people') }}
    where campaign_id is not null
    union all
    select lead_id, event_id, occurred_at, 'content', coalesce(content_id, content_title)
    from {{ ref('int_event_people') }}
    where coalesce(content_id, content_title) is not null

),

ranked_touches as (

    select
        entries.lead_id,
        entries.stage,
        entries.entry_number,
        touches.asset_type,
        touches.asset_id,
        row_number() over (
            partition by entries.lead_id, entries.stage, entries.entry_number, touches.asset_type
            order by touches.occurred_at desc, touches.event_id desc
        ) as recency
    from entries
    inner join touches
        on entries.lead_id = touches.lead_id and entries.entered_at >= touches.occurred_at

),

final as (

    select
        lead_id,
        stage,
        entry_number,
        max(case when asset_type = 'campaign' then asset_id end) as campaign_id,
        max(case when asset_type = 'content' then asset_id end) as content_id
    from ranked_touches
    where recency = 1
    group by lead_id, stage, entry_number

)

select * from final
