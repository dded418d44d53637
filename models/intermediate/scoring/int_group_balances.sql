with postings as (

    select lead_id, epoch, score_group, signal_at as instant, points from {{ ref('int_credits') }}
    where void_reason is null
    union all
    select lead_id, epoch, score_group, debit_at as instant, points from {{ ref('int_debits') }}
    where debit_at < epoch_ends_at

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

spans as (

    select lead_id, epoch, score_group, min(instant) as first_at from postings
    group by lead_id, epoch, score_group

),

cap_changes as (

    -- a new version's caps apply from its own instant on
    select spans.lead_id, spans.epoch, spans.score_group, versions.valid_from as instant, 0 as points
    from spans
    inner join versions on spans.first_at < versions.valid_from
    inner join {{ ref('int_epochs') }} as epochs
        on
            spans.lead_id = epochs.lead_id
            and spans.epoch = epochs.epoch
            and versions.valid_from < epochs.valid_to
    where versions.valid_from <= {{ as_of() }}

),

moves as (

    select * from postings
    union all
    select * from cap_changes

),

balanced as (

    -- those of one instant count together
    select
        *,
        sum(points) over (partition by lead_id, epoch, score_group order by instant) as balance
    from moves

),

capped as (

    select
        balanced.*,
        {{ points_within_cap('balanced.balance', 'caps.cap') }} as balance_counted
    from balanced
    inner join versions on {{ holds_at('balanced.instant', 'versions.valid_from', 'versions.valid_to') }}
    left join {{ ref('scoring_groups') }} as caps
        on
            versions.definition_version = caps.definition_version
            and balanced.score_group = caps.score_group

),

final as (

    select
        lead_id,
        epoch,
        score_group,
        instant,
        cast(points as integer) as points,
        cast(balance as integer) as balance,
        cast(balance_counted as integer) as balance_counted,
        cast(balance_counted - lag(balance_counted, 1, 0) over (
            partition by lead_id, epoch, score_group order by instant
        ) as integer) as counted_delta
    from capped

)

select * from final
