-- the stage of a lead is where its last change led
with last_changes as (

    select
        *,
        row_number() over (partition by lead_id order by change_number desc) as recency
    from {{ ref('lead_stage_changes') }}

)

select leads.lead_id, leads.stage, last_changes.to_stage
from {{ ref('leads') }} as leads
left join last_changes on leads.lead_id = last_changes.lead_id and last_changes.recency = 1
where leads.stage is distinct from last_changes.to_stage
