-- each change starts from the stage the one before led to, and leads to another
with chained as (

    select
        *,
        lag(to_stage) over (partition by lead_id order by change_number) as stage_before,
        lag(changed_at) over (partition by lead_id order by change_number) as changed_before_at
    from {{ ref('lead_stage_changes') }}

)

select * from chained
where
    from_stage is distinct from stage_before
    or from_stage is not distinct from to_stage
    or changed_at <= changed_before_at
