with credits as (

    select * from {{ ref('int_credits') }}
    where void_reason is null

),

steps as (

    select
        definition_version,
        decay_profile,
        after_days,
        remaining_percent,
        lag(remaining_percent, 1, 100) over (
            partition by definition_version, decay_profile order by after_days
        ) as remaining_percent_before
    from {{ ref('decay_profiles') }}

),

decayed as (

    select
        credits.lead_id,
        {{ days_after('credits.signal_at', 'steps.after_days') }} as debit_at,
        credits.fact_id,
        credits.is_activity,
        credits.signal,
        credits.definition_version,
        credits.score_group,
        {{ points_remaining('credits.points', 'steps.remaining_percent') }}
        - {{ points_remaining('credits.points', 'steps.remaining_percent_before') }} as points,
        credits.epoch,
        credits.epoch_ends_at,
        steps.after_days
    from credits
    inner join steps
        on
            credits.definition_version = steps.definition_version
            and credits.decay_profile = steps.decay_profile

),

final as (

    -- those after `as_of` say when the lead has to be looked at again
    select * from decayed
    where points <> 0

)

select * from final
