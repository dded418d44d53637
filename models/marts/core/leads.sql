with states as (

    select * from {{ ref('int_lead_states') }}
    where next_instant is null

),

stays as (

    select * from {{ ref('int_lead_stays') }}

),

ever_staged as (

    select
        lead_id,
        max(case when valid_to is null then valid_from end) as stage_since,
        min(case when stage = 'sql' then valid_from end) as first_sql_at,
        min(case when stage = 'prospect' then valid_from end) as first_prospect_at,
        min(case when stage = 'customer' then valid_from end) as became_customer_at
    from stays
    group by lead_id

),

episodes as (

    select lead_id, min(entered_at) as first_mql_at from {{ ref('int_mql_episodes') }}
    group by lead_id

),

signals as (

    select
        lead_id,
        min(case when category in ('intent', 'interest') then signal_at end) as first_interest_at,
        max(signal_at) as last_signal_at
    from {{ ref('int_signals') }}
    group by lead_id

),

contents as (

    select * from {{ ref('int_last_contents') }}
    where recency = 1

),

profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

actions as (

    select * from {{ ref('int_next_actions') }}

),

final as (

    select
        -- ids
        states.lead_id,
        profiles.company_id,
        profiles.owner_id,

        -- who
        {{ shown_address('profiles.email') }} as email,
        profiles.first_name,
        profiles.last_name,
        profiles.job_title,
        profiles.country,
        profiles.lead_source,
        contactability.lever,
        profiles.source_agency,

        -- where they stand
        states.stage,
        states.temperature,
        states.icp_grade,
        actions.next_action,
        contents.content_title as last_content_title,
        states.definition_version,

        -- numbers
        states.score,
        states.engagement_score,
        states.fit_score,
        states.boxes_ticked,
        states.epoch,

        -- booleans
        states.is_icp_validated,
        states.box_icp_fit,
        states.box_need,
        states.box_budget,
        states.box_authority,
        states.box_timing,
        states.box_engagement,
        contactability.is_contactable,
        contactability.is_email_contactable,
        contactability.is_phone_contactable,
        states.is_call_recommended,

        -- instants
        ever_staged.stage_since,
        {{ became_lead_at('signals.first_interest_at', 'profiles.identified_at') }} as became_lead_at,
        episodes.first_mql_at,
        ever_staged.first_sql_at,
        ever_staged.first_prospect_at,
        ever_staged.became_customer_at,
        signals.last_signal_at
    from states
    inner join ever_staged on states.lead_id = ever_staged.lead_id
    inner join profiles on states.lead_id = profiles.lead_id
    inner join contactability on states.lead_id = contactability.lead_id
    left join episodes on states.lead_id = episodes.lead_id
    left join signals on states.lead_id = signals.lead_id
    left join contents on states.lead_id = contents.lead_id
    left join actions on states.lead_id = actions.lead_id

)

select * from final
