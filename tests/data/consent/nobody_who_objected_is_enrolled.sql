-- the gate, looked at from outside: nobody is in a nurturing track whom email may not reach
select enrolments.lead_id, enrolments.track
from {{ ref('nurturing_enrolments') }} as enrolments
inner join {{ ref('consent_register') }} as register
    on enrolments.lead_id = register.lead_id and register.channel = 'email'
where register.status <> 'contactable'
