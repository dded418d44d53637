{#- What later runs have to know of each person recomputed in this one: when something falls due
    without anything new arriving, and how many events are theirs. -#}
with people as (

    select lead_id from {{ ref('int_people') }}

),

due as (

    -- points that decay, signals that expire, windows that close, bookings that lapse, silence,
    -- clocks, cohorts that mature, prospects nobody speaks to, weeks that end
    select lead_id, instant as due_at from {{ ref('int_lead_instants') }}
    union all
    select lead_id, debit_at from {{ ref('int_debits') }}
    union all
    select lead_id, {{ silent_too_long_at('last_sign_of_life_at') }} from {{ ref('int_contactability') }}
    union all
    select lead_id, due_at from {{ ref('int_sla_clocks') }}
    where stopped_at is null
    union all
    select lead_id, at_risk_at from {{ ref('int_sla_clocks') }}
    where stopped_at is null
    union all
    select lead_id, twice_due_at from {{ ref('int_sla_clocks') }}
    where stopped_at is null
    union all
    select lead_id, due_at from {{ ref('int_kpi_dues') }}
    union all
    select lead_id, stale_at from {{ ref('int_stale_prospects') }}
    union all
    select lead_id, due_at from {{ ref('int_handoff_dues') }}

),

next_due as (

    select lead_id, min(due_at) as due_at from due
    where due_at > {{ as_of() }}
    group by lead_id

),

events as (

    select
        lead_id,
        sum(case when is_named then 1 else 0 end) as events_named,
        sum(case when is_named then 0 else 1 end) as events_stitched
    from {{ ref('int_event_people') }}
    group by lead_id

),

final as (

    select
        people.lead_id,
        next_due.due_at,
        cast(coalesce(events.events_named, 0) as bigint) as events_named,
        cast(coalesce(events.events_stitched, 0) as bigint) as events_stitched
    from people
    left join next_due on people.lead_id = next_due.lead_id
    left join events on people.lead_id = events.lead_id

)

select * from final
