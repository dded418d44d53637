{#- What the playbook says to do next: by stage and temperature, `*` for any temperature. -#}
with states as (

    select * from {{ ref('int_lead_states') }}
    where next_instant is null and stage is not null

),

playbooks as (

    select * from {{ ref('playbooks') }}

),

ranked as (

    select
        states.lead_id,
        playbooks.next_action,
        playbooks.channel,
        playbooks.delay_hours,
        playbooks.message_en,
        playbooks.message_fr,
        row_number() over (
            partition by states.lead_id
            order by case when playbooks.temperature = '*' then 1 else 0 end
        ) as place
    from states
    inner join playbooks
        on
            states.stage = playbooks.stage
            and playbooks.temperature in (states.temperature, '*')

),

final as (

    select lead_id, next_action, channel, delay_hours, message_en, message_fr from ranked
    where place = 1

)

select * from final
