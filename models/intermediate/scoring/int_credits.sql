{{ config(materialized='view') }}

with signals as (

    select * from {{ ref('int_signals') }}
    where points <> 0

),

final as (

    -- a credit counts in its epoch unless the day's limit is reached or it belongs to the reset itself
    select
        lead_id,
        signal_at,
        fact_id,
        is_activity,
        signal,
        definition_version,
        score_group,
        points,
        decay_profile,
        epoch,
        epoch_ends_at,
        case when not is_within_day_cap then 'day_cap' when is_reset then 'reset' end as void_reason
    from signals

)

select * from final
