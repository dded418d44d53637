-- the lines of the ledger add up to the score, for every lead at every instant it is judged
with balances as (

    select lead_id, entry_at, max(score_after) as score_after
    from {{ ref('lead_score_ledger') }}
    group by lead_id, entry_at

),

totals as (

    select lead_id, sum(points_counted) as ledger_score
    from {{ ref('lead_score_ledger') }}
    group by lead_id

),

final_states as (

    select states.lead_id, states.instant, states.score, coalesce(totals.ledger_score, 0) as ledger_score
    from {{ ref('int_lead_states') }} as states
    left join totals on states.lead_id = totals.lead_id
    where states.next_instant is null

)

select scores.lead_id, scores.instant, scores.score, balances.score_after as ledger_score
from {{ ref('int_lead_scores') }} as scores
inner join balances on scores.lead_id = balances.lead_id and scores.instant = balances.entry_at
where scores.is_identified and scores.score <> balances.score_after
union all
select lead_id, instant, score, ledger_score from final_states
where score <> ledger_score
