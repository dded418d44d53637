{#- Contacts that belong to somebody else, or have another current address, than in the marts in
    use: new ones, merged ones, ones that left. -#}
with aliases as (

    select contact_id, lead_id, {{ shown_address('email') }} as email from {{ ref('int_lead_aliases') }}
    where not is_internal

),

aliases_in_use as (

    {% if is_everything_new() %}
    select contact_id, lead_id, email from aliases
    where false
    {% else %}
    select contact_id, lead_id, email from {{ in_use('marts', 'lead_aliases') }}
    {% endif %}

),

final as (

    select
        coalesce(aliases.contact_id, aliases_in_use.contact_id) as contact_id,
        aliases.lead_id,
        aliases_in_use.lead_id as previous_lead_id
    from aliases
    full outer join aliases_in_use on aliases.contact_id = aliases_in_use.contact_id
    where
        aliases.lead_id is distinct from aliases_in_use.lead_id
        or aliases.email is distinct from aliases_in_use.email

)

select * from final
