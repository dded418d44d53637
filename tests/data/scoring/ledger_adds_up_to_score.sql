-- the lines of the ledger add up to the score, for every lead at every instant
with sums as (

    select
        lead_id,
        entry_at,
        max(score_after) as score_after,
        min(score_after) as least_score_after,
        sum(sum(points_counted)) over (partition by lead_id order by entry_at) as ledger_score
    from {{ ref('lead_score_ledger') }}
    group by lead_id, entry_at

),

totals as (

    select lead_id, sum(points_counted) as ledger_score
    from {{ ref('lead_score_ledger') }}
    group by lead_id

)

select lead_id, entry_at as instant, score_after as score, ledger_score from sums
where score_after <> ledger_score or least_score_after <> ledger_score
union all
select states.lead_id, states.instant, states.score, totals.ledger_score
from {{ ref('int_lead_states') }} as states
left join totals on states.lead_id = totals.lead_id
where states.next_instant is null and states.score <> coalesce(totals.ledger_score, 0)
