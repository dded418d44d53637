{#- The events a run has to look at: those that name the touched people, and whatever else happened
    under the cookies seen there, whoever it belongs to. -#}
with events as (

    select
        event_id, occurred_at, contact_id, email, anonymous_id,
        event_type, page_url, content_id, content_title, campaign_id
    from {{ ref('stg_events') }}
    where occurred_at <= {{ as_of() }}

),

{% if is_everybody_touched() %}
final as (

    select * from events

)
{% else %}
touched_contacts as (

    select aliases.contact_id
    from {{ ref('int_lead_aliases') }} as aliases
    inner join {{ ref('int_touched_leads') }} as touched on aliases.lead_id = touched.lead_id

),

touched_emails as (

    select owners.email
    from {{ ref('int_email_owners') }} as owners
    inner join {{ ref('int_touched_leads') }} as touched on owners.lead_id = touched.lead_id

),

naming as (

    select * from events
    where
        contact_id in (select touched_contacts.contact_id from touched_contacts)
        or email in (select touched_emails.email from touched_emails)

),

under_their_cookies as (

    select events.* from events
    where events.anonymous_id in (select naming.anonymous_id from naming)

),

final as (

    select * from naming
    union
    select * from under_their_cookies

)
{% endif %}
select * from final
