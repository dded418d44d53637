{#- Whether anything that starts an action may reach each person at `as_of`, and on which basis. -#}
with profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

consents as (

    select
        lead_id,
        coalesce(legal_basis, 'consent') as legal_basis,
        row_number() over (partition by lead_id order by occurred_at desc, consent_id desc) as recency
    from {{ ref('int_consents') }}
    where legal_basis is not null or kind = 'opt_in'

),

hand_raisers as (

    select distinct lead_id from {{ ref('int_signals') }}
    where is_hand_raise

),

signs_of_life as (

    -- coming from the person: an opened mail is none, machines open mail
    select lead_id, max(occurred_at) as last_sign_of_life_at
    from {{ ref('int_interactions') }}
    where
        occurred_at <= {{ as_of() }}
        and event_type not in ('email_open', 'unsubscribe')
        and (
            not is_activity
            or event_type in ('call_answered', 'meeting_held', 'email_replied', 'linkedin_replied')
        )
    group by lead_id

),

opt_outs as (

    select
        lead_id,
        opt_out,
        row_number() over (partition by lead_id order by occurred_at desc, consent_id desc) as recency
    from {{ ref('int_opt_outs') }}

),

based as (

    select
        profiles.lead_id,
        sources.lever,
        opt_outs.opt_out is not null as is_opted_out,
        coalesce(
            consents.legal_basis,
            case when hand_raisers.lead_id is not null then 'precontractual' end,
            sources.default_legal_basis
        ) as legal_basis,
        coalesce(signs_of_life.last_sign_of_life_at, profiles.identified_at) as last_sign_of_life_at
    from profiles
    left join consents on profiles.lead_id = consents.lead_id and consents.recency = 1
    left join hand_raisers on profiles.lead_id = hand_raisers.lead_id
    left join signs_of_life on profiles.lead_id = signs_of_life.lead_id
    left join opt_outs on profiles.lead_id = opt_outs.lead_id and opt_outs.recency = 1
    left join {{ ref('lead_sources') }} as sources on profiles.lead_source = sources.lead_source

),

final as (

    select
        lead_id,
        lever,
        legal_basis,
        last_sign_of_life_at,
        {{ is_contactable('is_opted_out', 'legal_basis', 'last_sign_of_life_at', as_of()) }} as is_contactable
    from based

)

select * from final
