{#- Channels of people whose current address is a mailbox that does not exist, as a bounce said: of the
    address the event names, else of the one the person had then. -#}
with addresses as (

    select event_id, {{ email_address('email') }} as email from {{ ref('stg_events') }}
    where event_type in (select closing.event_type from {{ ref('closing_events') }} as closing)

),

events as (

    select * from {{ ref('int_interactions') }}
    where not is_activity and occurred_at <= {{ as_of() }}

),

bounced as (

    select
        events.lead_id,
        closing.channel,
        coalesce(addresses.email, {{ email_address('attributes.value') }}) as email
    from events
    inner join {{ ref('closing_events') }} as closing on events.event_type = closing.event_type
    left join addresses on events.fact_id = addresses.event_id
    left join {{ ref('int_contact_attributes') }} as attributes
        on
            events.lead_id = attributes.lead_id
            and attributes.attribute = 'email'
            and {{ holds_at('events.occurred_at', 'attributes.valid_from', 'attributes.valid_to') }}
    where closing.closes_as = 'bounce'

),

final as (

    select distinct bounced.lead_id, bounced.channel
    from bounced
    inner join {{ ref('int_lead_profiles') }} as profiles on bounced.lead_id = profiles.lead_id
    where {{ is_bounce_in_force('bounced.email', 'profiles.email') }}

)

select * from final
