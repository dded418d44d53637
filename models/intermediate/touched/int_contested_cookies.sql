{#- Events that say whose a cookie is, of the cookies that may have changed hands: seen in new events
    or in events of contacts and addresses that did. -#}
with events as (

    select contact_id, email, anonymous_id from {{ ref('stg_events') }}
    where anonymous_id is not null

),

cookies as (

    select anonymous_id from {{ ref('stg_generic__events') }}
    where anonymous_id is not null and quarantine_rule is null and {{ is_new(['occurred_at']) }}
    union
    select anonymous_id from events
    where
        contact_id in (select changed.contact_id from {{ ref('int_changed_aliases') }} as changed)
        or email in (select emails.email from {{ ref('int_contested_emails') }} as emails)

),

final as (

    select events.contact_id, events.email
    from events
    inner join cookies on events.anonymous_id = cookies.anonymous_id
    where coalesce(events.contact_id, events.email) is not null and {{ is_update() }}

)

select * from final
