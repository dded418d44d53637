{#- The recomputed people sales has to work on, who may be reached, with all a rep has to know. -#}
with states as (

    select * from {{ ref('int_lead_states') }}
    where next_instant is null

),

profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

hand_raises as (

    select distinct lead_id from {{ ref('int_signals') }}
    where is_hand_raise and {{ is_recent_hand_raise('signal_at', as_of()) }}

),

contents as (

    select
        {% for place in range(1, 4) %}
        max(case when recency = {{ place }} then content_title end) as last_content_{{ place }},
        {% endfor %}
        lead_id
    from {{ ref('int_last_contents') }}
    where recency <= 3
    group by lead_id

),

final as (

    select
        -- ids
        states.lead_id,
        profiles.owner_id,
        reps.name as owner_name,
        reps.team,

        -- who; an address only where it may be written to
        case when contactability.is_email_contactable then {{ shown_address('profiles.email') }} end as email,
        profiles.first_name,
        profiles.last_name,
        profiles.job_title,
        companies.company_name,

        -- where they stand
        states.stage,
        states.icp_grade,
        states.temperature,
        obligations.obligation as sla_obligation,
        obligations.status as sla_status,

        -- what they did, and what to do
        histories.engagement_history,
        histories.engagement_history as engagement_history_en,
        histories.engagement_history_fr,
        histories.last_contents,
        contents.last_content_1,
        contents.last_content_2,
        contents.last_content_3,
        actions.message_en as next_action_en,
        actions.message_fr as next_action_fr,

        -- numbers
        states.score,
        states.boxes_ticked,

        -- booleans
        coalesce(reps.is_active, false) as is_owner_active,
        hand_raises.lead_id is not null as has_hand_raise,
        contactability.is_email_contactable,
        contactability.is_phone_contactable,
        states.is_call_recommended,

        -- instants
        obligations.due_at as sla_due_at
    from states
    inner join profiles on states.lead_id = profiles.lead_id
    inner join contactability on states.lead_id = contactability.lead_id
    left join {{ ref('int_reps') }} as reps on profiles.owner_id = reps.rep_id
    left join {{ ref('int_company_names') }} as companies on profiles.company_id = companies.company_id
    left join {{ ref('int_next_obligations') }} as obligations on states.lead_id = obligations.lead_id
    left join {{ ref('int_engagement_histories') }} as histories on states.lead_id = histories.lead_id
    left join {{ ref('int_next_actions') }} as actions on states.lead_id = actions.lead_id
    left join contents on states.lead_id = contents.lead_id
    left join hand_raises on states.lead_id = hand_raises.lead_id
    where
        {{ is_on_handoff_list(
            'states.stage', 'contactability.is_contactable',
            'contactability.is_email_contactable', 'contactability.is_phone_contactable'
        ) }}

)

select * from final
