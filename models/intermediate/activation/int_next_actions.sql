{#- What the playbook says to do next: by stage and temperature, `*` for any, and by a channel that is
    open to the person. -#}
with states as (

    select * from {{ ref('int_lead_states') }}
    where next_instant is null and stage is not null

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

people as (

    select
        states.lead_id,
        {{ playbook_stage('states.stage', 'contactability.is_contactable') }} as stage,
        states.temperature,
        {{ shown_address('profiles.email') }} is not null as has_email,
        contactability.is_email_contactable,
        contactability.is_phone_contactable,
        contactability.is_post_contactable
    from states
    inner join contactability on states.lead_id = contactability.lead_id
    inner join profiles on states.lead_id = profiles.lead_id

),

ranked as (

    select
        people.lead_id,
        playbooks.next_action,
        playbooks.channel,
        playbooks.delay_hours,
        playbooks.message_en,
        playbooks.message_fr,
        row_number() over (
            partition by people.lead_id
            order by
                case when playbooks.stage = '*' then 1 else 0 end,
                case when playbooks.temperature = '*' then 1 else 0 end,
                playbooks.priority
        ) as place
    from people
    inner join {{ ref('playbooks') }} as playbooks
        on
            playbooks.stage in (people.stage, '*')
            and playbooks.temperature in (people.temperature, '*')
    where
        {{ is_open_for_action(
            'playbooks.channel', 'people.has_email', 'people.is_email_contactable',
            'people.is_phone_contactable', 'people.is_post_contactable'
        ) }}

),

final as (

    select lead_id, next_action, channel, delay_hours, message_en, message_fr from ranked
    where place = 1

)

select * from final
