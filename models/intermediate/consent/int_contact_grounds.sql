{#- What each person's right to be contacted rests on where no consent is on record. -#}
with profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

hand_raisers as (

    select distinct lead_id from {{ ref('int_signals') }}
    where is_hand_raise

),

signs_of_life as (

    select interactions.lead_id, max(interactions.occurred_at) as last_sign_of_life_at
    from {{ ref('int_interactions') }} as interactions
    inner join {{ ref('signs_of_life') }} as signs on interactions.event_type = signs.event_type
    where interactions.occurred_at <= {{ as_of() }}
    group by interactions.lead_id

),

final as (

    select
        profiles.lead_id,
        sources.lever,
        coalesce(profiles.source_agency, profiles.lead_source) as source,
        sources.default_legal_basis,
        hand_raisers.lead_id is not null as has_raised_hand,
        coalesce(signs_of_life.last_sign_of_life_at, profiles.identified_at) as last_sign_of_life_at
    from profiles
    left join hand_raisers on profiles.lead_id = hand_raisers.lead_id
    left join signs_of_life on profiles.lead_id = signs_of_life.lead_id
    left join {{ ref('lead_sources') }} as sources on profiles.lead_source = sources.lead_source

)

select * from final
