{#- What sales did: verdicts, calls and meetings, by epoch where the epoch matters. -#}
with activities as (

    select * from {{ ref('int_epoch_activities') }}

),

counted as (

    select
        lead_id, epoch, 'acceptances' as measure,
        occurred_at as valid_from, {{ end_of_time() }} as valid_to
    from activities
    where verdict = 'accepted'
    union all
    select
        lead_id, epoch, 'qualified_verdicts' as measure,
        occurred_at as valid_from, {{ end_of_time() }} as valid_to
    from activities
    where verdict = 'qualified'
    union all
    select
        lead_id, epoch, 'needs_confirmed_by_sales' as measure,
        occurred_at as valid_from, {{ end_of_time() }} as valid_to
    from activities
    where need = 'confirmed' and activity_type in ('call', 'qualification')
    union all
    select
        lead_id, epoch, 'answered_calls' as measure,
        occurred_at as valid_from, {{ end_of_time() }} as valid_to
    from activities
    where activity_type = 'call' and outcome = 'answered'
    union all
    select
        lead_id, epoch, 'meetings_held' as measure,
        occurred_at as valid_from, {{ end_of_time() }} as valid_to
    from activities
    where activity_type = 'meeting' and outcome = 'held'
    union all
    select
        lead_id, epoch, 'live_bookings' as measure,
        valid_from, {{ end_in_epoch('valid_to', 'epoch_ends_at') }} as valid_to
    from {{ ref('int_bookings') }}

),

verdicts as (

    -- the latest of disqualified and reopened, whatever the epoch
    select
        lead_id, occurred_at, activity_id,
        case verdict when 'disqualified' then 1 else 0 end as state
    from {{ ref('int_activities') }}
    where verdict in ('disqualified', 'reopened')

),

verdict_changes as (

    select
        lead_id, cast(null as bigint) as epoch, 'disqualifications' as measure, occurred_at as instant,
        state - lag(state, 1, 0) over (partition by lead_id order by occurred_at, activity_id) as delta
    from verdicts

),

final as (

    {{ span_deltas('counted', 'lead_id, epoch, measure') }}
    union all
    select lead_id, epoch, measure, instant, delta from verdict_changes
    where delta <> 0

)

select * from final
