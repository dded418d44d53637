-- a stage never moves by itself
select * from {{ ref('lead_stage_changes') }}
where cause is null or explanation_en is null or explanation_fr is null
