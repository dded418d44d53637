{#- Consent facts of known people: by contact id where it is known, else by email. -#}
with consents as (

    select * from {{ ref('stg_consents') }}
    where occurred_at <= {{ as_of() }}

),

resolved as (

    select
        consents.*,
        coalesce(aliases.lead_id, email_owners.lead_id) as lead_id
    from consents
    left join {{ ref('int_lead_aliases') }} as aliases on consents.contact_id = aliases.contact_id
    left join {{ ref('int_email_owners') }} as email_owners on consents.email = email_owners.email

),

final as (

    select
        resolved.lead_id,
        resolved.consent_id,
        resolved.occurred_at,
        resolved.kind,
        case when resolved.kind = 'erasure' then 'all' else resolved.channel end as channel,
        resolved.legal_basis,
        resolved.notice,
        resolved.source
    from resolved
    inner join {{ ref('int_people') }} as people on resolved.lead_id = people.lead_id
    where not people.is_internal

)

select * from final
