{#- People whose objection is in force and whom somebody, or a machine, contacted after it by that
    channel. -#}
with objections as (

    select lead_id, channel, objected_at from {{ ref('int_channel_consents') }}
    where opt_out is not null

),

contacts as (

    select lead_id, occurred_at, {{ channel_of_touch('activity_type') }} as channel
    from {{ ref('int_activities') }}
    where direction = 'outbound' and activity_type in ('call', 'email', 'linkedin', 'meeting')

),

final as (

    select
        contacts.lead_id,
        min(contacts.occurred_at) as contacted_at,
        count(*) as contacts
    from contacts
    inner join objections
        on contacts.lead_id = objections.lead_id and contacts.channel = objections.channel
    where contacts.occurred_at > objections.objected_at
    group by contacts.lead_id

)

select * from final
