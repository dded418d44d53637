{#- Whether anything that starts an action may reach each person at `as_of`, and by which channel. -#}
with channels as (

    select * from {{ ref('int_channel_consents') }}

),

reachable as (

    select
        lead_id,
        max(case when channel = 'all' then legal_basis end) as legal_basis,
        max(case when channel = 'all' and {{ is_contactable('status') }} then 1 else 0 end) = 1
            as is_contactable,
        max(case when channel = 'email' and {{ is_contactable('status') }} then 1 else 0 end) = 1
            as is_email_contactable,
        max(case when channel = 'phone' and {{ is_contactable('status') }} then 1 else 0 end) = 1
            as is_phone_contactable,
        max(case when channel = 'postal' and {{ is_contactable('status') }} then 1 else 0 end) = 1
            as is_post_contactable,
        max(case when objected_at is not null then 1 else 0 end) = 1 as has_ever_closed
    from channels
    group by lead_id

),

final as (

    select
        reachable.lead_id,
        grounds.lever,
        reachable.legal_basis,
        grounds.last_sign_of_life_at,
        reachable.is_contactable,
        reachable.is_email_contactable,
        reachable.is_phone_contactable,
        reachable.is_post_contactable,
        reachable.has_ever_closed
    from reachable
    inner join {{ ref('int_contact_grounds') }} as grounds on reachable.lead_id = grounds.lead_id

)

select * from final
