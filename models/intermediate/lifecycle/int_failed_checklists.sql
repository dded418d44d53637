{#- Qualifications that answered all four questions, with the boxes ticked at their instant: 2 to 5
    from the answers given then, 1 and 6 as they stood. -#}
with qualifications as (

    select
        *,
        row_number() over (
            partition by lead_id, occurred_at order by activity_id desc
        ) as recency
    from {{ ref('int_epoch_activities') }}
    where
        activity_type = 'qualification'
        and need is not null
        and budget is not null
        and authority is not null
        and timing is not null

),

conditions as (

    select lead_id, instant, box_icp_fit, box_engagement, intent_signals
    from {{ ref('int_lead_conditions') }}

),

final as (

    select
        qualifications.lead_id,
        qualifications.epoch,
        qualifications.occurred_at as qualified_at,
        qualifications.activity_id,
        {{ boxes_ticked([
            'conditions.box_icp_fit', "qualifications.need = 'confirmed'",
            "qualifications.budget = 'confirmed'", "qualifications.authority = 'confirmed'",
            "qualifications.timing = 'confirmed'", 'conditions.box_engagement',
        ]) }} as ticked,
        conditions.intent_signals,
        lead(qualifications.occurred_at, 1, qualifications.epoch_ends_at) over (
            partition by qualifications.lead_id, qualifications.epoch order by qualifications.occurred_at
        ) as superseded_at
    from qualifications
    inner join conditions
        on
            qualifications.lead_id = conditions.lead_id
            and qualifications.occurred_at = conditions.instant
    where qualifications.recency = 1

)

select * from final
