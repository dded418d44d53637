{#- Signals in force: a +1 when a signal comes, a -1 when it expires or leaves its window. -#}
with signals as (

    select * from {{ ref('int_signals') }}
    where category in ('intent', 'interest') or is_hand_raise

),

spans as (

    -- the first makes a lead; the others change nothing
    select
        lead_id, cast(null as bigint) as epoch, 'interests_shown' as measure,
        min(signal_at) as valid_from, {{ end_of_time() }} as valid_to
    from signals
    where category in ('intent', 'interest')
    group by lead_id
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
