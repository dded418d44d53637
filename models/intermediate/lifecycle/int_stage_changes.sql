{#- Every instant at which the stage differs from the one before, with the state on both sides. -#}
{%- set boxes = [
    'box_icp_fit', 'box_need', 'box_budget', 'box_authority', 'box_timing', 'box_engagement',
] -%}

with states as (

    select
        *,
        {{ boxes_as_text(boxes) }} as boxes
    from {{ ref('int_lead_states') }}

),

compared as (

    select
        *,
        lag(stage) over (partition by lead_id order by instant) as from_stage,
        lag(stage_path) over (partition by lead_id order by instant) as from_path,
        lag(boxes) over (partition by lead_id order by instant) as boxes_before,
        lag(epoch) over (partition by lead_id order by instant) as epoch_before
    from states

),

changed as (

    select * from compared
    where stage is distinct from from_stage

),

final as (

    select
        md5(lead_id || '|' || {{ iso_instant('instant') }}) as change_id,
        lead_id,
        row_number() over (partition by lead_id order by instant) as change_number,
        instant as changed_at,
        from_stage,
        stage as to_stage,
        stage_path as path,
        {{ flipped_rule('from_stage', 'from_path', 'stage', 'stage_path') }} as flipped_rule,
        score_before,
        score as score_after,
        engagement_score,
        fit_score,
        icp_grade,
        boxes_before,
        boxes as boxes_after,
        boxes_ticked,
        epoch,
        coalesce(epoch > epoch_before, false) as is_at_reset,
        definition_version,
        lead(instant) over (partition by lead_id order by instant) as next_changed_at
    from changed

)

select * from final
