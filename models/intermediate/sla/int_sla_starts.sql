{#- Every instant at which somebody begins to owe a person something. -#}
with episodes as (

    select
        *,
        lead(entered_at, 1, {{ end_of_time() }}) over (
            partition by lead_id order by entered_at
        ) as next_entered_at
    from {{ ref('int_mql_episodes') }}

),

contacts as (

    select lead_id, occurred_at from {{ ref('int_interactions') }}
    where {{ is_contact_with_human('event_type', 'is_automated') }} and occurred_at <= {{ as_of() }}

),

hand_raises as (

    select
        signals.lead_id,
        {{ sla_started_at('signals.signal_at', 'people.identified_at') }} as started_at
    from {{ ref('int_signals') }} as signals
    inner join {{ ref('int_people') }} as people on signals.lead_id = people.lead_id
    where signals.is_hand_raise

),

warmth as (

    select
        lead_id,
        instant,
        stage = 'prospect' and temperature = 'hot' as is_hot_prospect,
        lag(stage = 'prospect' and temperature = 'hot', 1, false) over (
            partition by lead_id order by instant
        ) as was_hot_prospect
    from {{ ref('int_lead_states') }}

),

starts as (

    select lead_id, 'hand_raise_response' as obligation, started_at from hand_raises
    where started_at <= {{ as_of() }}
    union
    select lead_id, 'mql_first_contact', entered_at from episodes
    union
    select lead_id, 'mql_attempts', entered_at from episodes
    union
    select episodes.lead_id, 'mql_verdict', min(contacts.occurred_at)
    from episodes
    inner join contacts
        on
            episodes.lead_id = contacts.lead_id
            and episodes.entered_at <= contacts.occurred_at
            and episodes.next_entered_at > contacts.occurred_at
    group by episodes.lead_id, episodes.entered_at
    union
    select lead_id, 'sql_acceptance', valid_from from {{ ref('int_lead_stays') }}
    where stage = 'sql'
    union
    select lead_id, 'hot_prospect_followup', instant from warmth
    where coalesce(is_hot_prospect, false) and not coalesce(was_hot_prospect, false)

),

final as (

    select
        md5(obligation || '|' || lead_id || '|' || {{ iso_instant('started_at') }}) as clock_id,
        lead_id,
        obligation,
        started_at
    from starts

)

select * from final
