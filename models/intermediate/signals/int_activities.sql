with activities as (

    select * from {{ ref('stg_sales_activities') }}
    where occurred_at <= {{ as_of() }}

),

final as (

    select
        aliases.lead_id,
        activities.activity_id,
        activities.occurred_at,
        activities.scheduled_at,
        activities.activity_type,
        activities.direction,
        activities.outcome,
        activities.is_automated,
        activities.rep_id,
        activities.need,
        activities.budget,
        activities.authority,
        activities.timing,
        activities.verdict,
        activities.reason,
        {{ is_reset_by_verdict('activities.verdict') }} as is_reset
    from activities
    inner join {{ ref('int_lead_aliases') }} as aliases on activities.contact_id = aliases.contact_id
    inner join {{ ref('int_people') }} as people on aliases.lead_id = people.lead_id
    where not people.is_internal

)

select * from final
