{#- Whatever happened to a lead at the instant of a stage change, one row per fact. `weight` orders
    the facts of one instant: the plainest reason first. A fact is a cause when it can have turned
    the rule that turned; where none can, all facts of the instant are. -#}
with changes as (

    select change_id, lead_id, changed_at, from_stage, path, flipped_rule, is_at_reset
    from {{ ref('int_stage_changes') }}

),

facts as (

    select lead_id, occurred_at as instant, 'deal_' || status as cause, deal_id as fact_id, 10 as weight
    from {{ ref('int_deal_facts') }}
    union all
    select lead_id, occurred_at, kind, consent_id, 20
    from {{ ref('int_consents') }}
    where channel = 'all' and kind <> 'informed'
    union all
    select lead_id, occurred_at, verdict, activity_id, 30
    from {{ ref('int_activities') }}
    where verdict is not null
    union all
    select lead_id, occurred_at, 'meeting_' || outcome, activity_id, 40
    from {{ ref('int_activities') }}
    where activity_type = 'meeting' and outcome is not null
    union all
    select lead_id, occurred_at, 'answers', activity_id, 50
    from {{ ref('int_activities') }}
    where coalesce(need, budget, authority, timing) is not null
    union all
    select lead_id, signal_at, 'signal:' || signal, fact_id, 60
    from {{ ref('int_signals') }}
    union all
    select lead_id, debit_at, 'decay:' || signal, fact_id, 70
    from {{ ref('int_debits') }}
    union all
    select lead_id, expires_at, 'expiry:' || signal, fact_id, 75
    from {{ ref('int_signals') }}
    where is_hand_raise
    union all
    select lead_id, valid_to, 'booking_lapsed', activity_id, 80
    from {{ ref('int_bookings') }}
    where outcome = 'booked'
    union all
    select lead_id, changed_at, 'fit', definition_version || ':' || icp_grade, 85
    from {{ ref('int_fit_changes') }}
    union all
    select people.lead_id, versions.valid_from, 'definition', versions.definition_version, 90
    from {{ ref('int_people') }} as people
    cross join {{ ref('int_definition_versions') }} as versions
    where versions.version_number > 1
    union all
    select lead_id, identified_at, 'identified', 'lead ' || lead_id, 95
    from {{ ref('int_people') }}

),

at_changes as (

    select
        changes.change_id,
        changes.from_stage,
        changes.path,
        changes.flipped_rule,
        changes.is_at_reset,
        facts.cause,
        facts.fact_id,
        min(facts.weight) as weight
    from changes
    inner join facts on changes.lead_id = facts.lead_id and changes.changed_at = facts.instant
    group by
        changes.change_id, changes.from_stage, changes.path, changes.flipped_rule, changes.is_at_reset,
        facts.cause, facts.fact_id

),

judged as (

    select
        change_id,
        cause,
        fact_id,
        weight,
        case
            when from_stage is null and cause = 'identified' then 1
            when {{ can_turn('cause', 'flipped_rule', 'path', 'is_at_reset') }} then 1
            else 0
        end as can_turn
    from at_changes

),

final as (

    select
        change_id,
        cause,
        fact_id,
        weight,
        can_turn = max(can_turn) over (partition by change_id) as is_cause
    from judged

)

select * from final
