{#- Every instant at which somebody begins to owe a person something. -#}
with episodes as (

    select
        *,
        lead(entered_at, 1, {{ end_of_time() }}) over (
            partition by lead_id order by entered_at
        ) as next_entered_at
    from {{ ref('int_mql_episodes') }}

),

two_way_contacts as (

    select lead_id, occurred_at from {{ ref('int_interactions') }}
    where {{ is_two_way_contact('event_type') }} and occurred_at <= {{ as_of() }}

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

    select lead_id, 'hand_raise_response' as obligation, signal_at as started_at
    from {{ ref('int_signals') }}
    where is_hand_raise and signal_at <= {{ as_of() }}
    union
    select lead_id, 'mql_first_contact', entered_at from episodes
    union
    select lead_id, 'mql_attempts', entered_at from episodes
    union
    select episodes.lead_id, 'mql_verdict', min(two_way_contacts.occurred_at)
    from episodes
    inner join two_way_contacts
        on
            episodes.lead_id = two_way_contacts.lead_id
            and episodes.entered_at <= two_way_contacts.occurred_at
            and episodes.next_entered_at > two_way_contacts.occurred_at
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
