{#- Score axes: engagement within group caps, back to zero where an epoch ends, and fit. -#}
with engagement as (

    -- also where nothing of it counts: the ledger tells the score there too
    select lead_id, epoch, instant, counted_delta as delta
    from {{ ref('int_group_balances') }}

),

closed as (

    select engagement.lead_id, epochs.valid_to as instant, -sum(engagement.delta) as delta
    from engagement
    inner join {{ ref('int_epochs') }} as epochs
        on engagement.lead_id = epochs.lead_id and engagement.epoch = epochs.epoch
    where epochs.valid_to < {{ end_of_time() }}
    group by engagement.lead_id, epochs.valid_to

),

uncounted as (

    -- likewise what no balance ever held
    select lead_id, signal_at as instant from {{ ref('int_credits') }}
    where void_reason is not null
    union all
    select lead_id, debit_at as instant from {{ ref('int_debits') }}
    where debit_at >= epoch_ends_at

),

fit as (

    select
        lead_id, cast(null as bigint) as epoch, changed_at as instant,
        'fit' as measure, fit_score_delta as delta
    from {{ ref('int_fit_changes') }}
    union all
    select
        lead_id, cast(null as bigint) as epoch, changed_at as instant,
        'grade' as measure, grade_delta as delta
    from {{ ref('int_fit_changes') }}

),

final as (

    select lead_id, cast(null as bigint) as epoch, instant, 'engagement' as measure, delta from engagement
    union all
    select lead_id, cast(null as bigint) as epoch, instant, 'engagement' as measure, delta from closed
    union all
    select lead_id, cast(null as bigint) as epoch, instant, 'engagement' as measure, 0 as delta from uncounted
    union all
    select * from fit

)

select * from final
