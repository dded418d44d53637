{#- Words that close a channel and were given by an address alone, for everybody who had that address
    by then but its owner now, whose own words they are (int_consents, int_interactions). An address
    that is imported anew gets another owner; whoever objected by it is not to be called for that. -#}
with words as (

    -- of the others nobody's data were erased: to them it is an objection, which they may lift
    select
        consent_id as proof_id,
        occurred_at,
        case when kind = 'erasure' then 'objection' else kind end as kind,
        contact_id,
        email,
        case when kind = 'erasure' then 'all' else channel end as channel
    from {{ ref('stg_consents') }}
    where {{ is_closing_word('kind') }} and email is not null and occurred_at <= {{ as_of() }}
    union all
    select
        'event ' || events.event_id, events.occurred_at, closing.closes_as, events.contact_id,
        events.email, closing.channel
    from {{ ref('stg_events') }} as events
    inner join {{ ref('closing_events') }} as closing on events.event_type = closing.event_type
    where
        closing.closes_as = 'opt_out' and events.email is not null
        and events.occurred_at <= {{ as_of() }}

),

by_address as (

    -- a word that names a contact who is known is that contact's alone
    select words.* from words
    left join {{ ref('int_lead_aliases') }} as aliases on words.contact_id = aliases.contact_id
    where aliases.contact_id is null

),

versions as (

    select contact_id, {{ email_address('email') }} as email, visible_from
    from {{ ref('int_contact_versions') }}
    where email is not null

),

holders as (

    select versions.email, aliases.lead_id, min(versions.visible_from) as had_from
    from versions
    inner join {{ ref('int_lead_aliases') }} as aliases on versions.contact_id = aliases.contact_id
    where {{ is_touched('aliases.lead_id') }}
    group by versions.email, aliases.lead_id

),

final as (

    select
        holders.lead_id,
        by_address.proof_id,
        by_address.occurred_at,
        by_address.kind,
        by_address.channel
    from by_address
    inner join holders on by_address.email = holders.email
    inner join {{ ref('int_email_owners') }} as owners on by_address.email = owners.email
    where
        holders.lead_id <> owners.lead_id
        and {{ is_word_of_holder('holders.had_from', 'by_address.occurred_at') }}

)

select * from final
