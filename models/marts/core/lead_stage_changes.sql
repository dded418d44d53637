with changes as (

    select * from {{ ref('int_stage_changes') }}

),

causes as (

    select * from {{ ref('int_change_causes') }}

),

explanations as (

    select * from {{ ref('int_change_explanations') }}

),

final as (

    select
        -- ids
        changes.change_id,
        changes.lead_id,

        -- what and why
        changes.from_stage,
        changes.to_stage,
        changes.path,
        causes.cause,
        causes.cause_fact_id,
        changes.boxes_before,
        changes.boxes_after,
        changes.definition_version,
        explanations.explanation_en,
        explanations.explanation_fr,

        -- numbers
        cast(changes.change_number as bigint) as change_number,
        changes.score_before,
        changes.score_after,
        changes.epoch,

        -- instants
        changes.changed_at
    from changes
    inner join explanations on changes.change_id = explanations.change_id
    left join causes on changes.change_id = causes.change_id

)

select * from final
