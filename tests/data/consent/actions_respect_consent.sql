-- looked at from outside: nobody who may not be contacted has anything else to be done about them,
-- and no action uses a channel that is closed
with register as (

    select
        lead_id,
        channel,
        status = 'contactable' as is_open
    from {{ ref('consent_register') }}

)

select leads.lead_id, leads.next_action, register.channel
from {{ ref('leads') }} as leads
inner join register on leads.lead_id = register.lead_id
left join {{ ref('playbooks') }} as playbooks
    on leads.next_action = playbooks.next_action and register.channel = playbooks.channel
where
    not register.is_open
    and (
        playbooks.channel is not null
        or (register.channel = 'all' and leads.next_action is distinct from 'do_not_contact')
    )
    and leads.stage is not null
