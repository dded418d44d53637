{#- When enough different interest or intent signals are recent, and when they no longer are. A name
    covers 30 days; its covers are clipped, so that a name counts once. -#}
with signals as (

    select
        lead_id,
        signal_at,
        lead(signal_at, 1, {{ end_of_time() }}) over (
            partition by lead_id, signal order by signal_at, fact_id, is_activity
        ) as next_signal_at
    from {{ ref('int_signals') }}
    where category in ('intent', 'interest')

),

covers as (

    select
        lead_id,
        signal_at as valid_from,
        least({{ days_after('signal_at', 30) }}, next_signal_at) as valid_to
    from signals

),

moves as (

    {{ span_deltas('covers', 'lead_id') }}

),

counted as (

    select
        lead_id,
        instant,
        sum(sum(delta)) over (partition by lead_id order by instant) as names
    from moves
    group by lead_id, instant

),

judged as (

    select
        lead_id,
        instant,
        case when {{ is_repeatedly_interested('names') }} then 1 else 0 end as state
    from counted

),

changed as (

    select
        lead_id,
        cast(null as bigint) as epoch,
        'repeated_interest' as measure,
        instant,
        state - lag(state, 1, 0) over (partition by lead_id order by instant) as delta
    from judged

),

final as (

    select lead_id, epoch, measure, instant, delta from changed
    where delta <> 0

)

select * from final
