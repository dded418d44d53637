{#- Signals in force: a +1 when a signal comes, a -1 when it expires or leaves its window. -#}
with signals as (

    select
        *,
        lead(signal_at, 1, {{ end_of_time() }}) over (
            partition by lead_id, signal order by signal_at, fact_id, is_activity
        ) as next_signal_at
    from {{ ref('int_signals') }}
    where category in ('intent', 'interest') or is_hand_raise

),

spans as (

    select
        lead_id, cast(null as bigint) as epoch, 'interest_signals' as measure,
        signal_at as valid_from, {{ end_of_time() }} as valid_to
    from signals
    where category in ('intent', 'interest')
    union all
    select
        lead_id, cast(null as bigint) as epoch, 'intent_signals' as measure,
        signal_at as valid_from, {{ end_of_time() }} as valid_to
    from signals
    where category = 'intent'
    union all
    select
        lead_id, cast(null as bigint) as epoch, 'unexpired_intents' as measure,
        signal_at as valid_from, expires_at as valid_to
    from signals
    where category = 'intent'
    union all
    -- each name covers 30 days; its covers are clipped so that a name counts once
    select
        lead_id, cast(null as bigint) as epoch, 'recent_interests' as measure,
        signal_at as valid_from, least({{ days_after('signal_at', 30) }}, next_signal_at) as valid_to
    from signals
    where category in ('intent', 'interest')
    union all
    select
        lead_id, cast(null as bigint) as epoch, 'recent_hand_raises' as measure,
        signal_at as valid_from, {{ days_after('signal_at', 14) }} as valid_to
    from signals
    where is_hand_raise
    union all
    select
        lead_id, epoch, 'hand_raises' as measure,
        signal_at as valid_from, {{ end_in_epoch('expires_at', 'epoch_ends_at') }} as valid_to
    from signals
    where is_hand_raise and not is_reset

),

final as (

    {{ span_deltas('spans', 'lead_id, epoch, measure') }}

)

select * from final
