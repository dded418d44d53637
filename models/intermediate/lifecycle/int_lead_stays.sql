{#- Every unbroken stay of a lead in a stage; the last is open. -#}
with changes as (

    select * from {{ ref('int_stage_changes') }}

),

stays as (

    select
        change_id,
        lead_id,
        to_stage as stage,
        path,
        changed_at as valid_from,
        next_changed_at as valid_to,
        lead(to_stage) over (partition by lead_id order by changed_at) as next_stage,
        score_after as score_at_entry,
        icp_grade as icp_grade_at_entry,
        boxes_after as boxes_at_entry,
        epoch,
        definition_version
    from changes

),

final as (

    select * from stays
    where stage is not null

)

select * from final
