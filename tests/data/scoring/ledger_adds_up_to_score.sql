-- the lines of the ledger add up to the score, for every lead at every instant it is judged
with balances as (

    select lead_id, entry_at, max(score_after) as score_after
    from {{ ref('lead_score_ledger') }}
    group by lead_id, entry_at

),

compared as (

    select
        states.lead_id,
        states.instant,
        states.score,
        coalesce((
            select sum(ledger.points_counted) from {{ ref('lead_score_ledger') }} as ledger
            where ledger.lead_id = states.lead_id and ledger.entry_at <= states.instant
        ), 0) as ledger_score
    from {{ ref('int_lead_states') }} as states
    where states.next_instant is null

)

select states.lead_id, states.instant, states.score, balances.score_after as ledger_score
from {{ ref('int_lead_states') }} as states
inner join balances on states.lead_id = balances.lead_id and states.instant = balances.entry_at
where states.score <> balances.score_after
union all
select lead_id, instant, score, ledger_score from compared
where score <> ledger_score
