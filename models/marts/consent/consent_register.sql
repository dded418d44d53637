with channels as (

    select * from {{ ref('int_channel_consents') }}

),

final as (

    select
        -- ids
        lead_id,
        channel,
        proof_id,
        objection_id,

        -- what is on record
        status,
        legal_basis,
        source,
        notice,
        objection_kind,

        -- booleans
        is_by_former_address,

        -- instants
        informed_at,
        objected_at,
        lifted_at,
        last_sign_of_life_at,
        {{ silent_too_long_at('last_sign_of_life_at') }} as retained_until
    from channels

)

select * from final
