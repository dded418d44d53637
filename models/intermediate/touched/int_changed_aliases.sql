{#- Contacts that belong to somebody else, have another current address, or are in-house where they
    were not, than when the marts in use were built: new ones, merged ones, ones that left. -#}
with aliases as (

    select contact_id, lead_id, email_digest, is_internal from {{ ref('int_contact_people') }}

),

aliases_in_use as (

    {% if is_everything_new() %}
    select contact_id, lead_id, email_digest, is_internal from aliases
    where false
    {% else %}
    select contact_id, lead_id, email_digest, is_internal from {{ in_use('control', 'contact_people') }}
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
        {{ is_update() }}
        and (
            aliases.lead_id is distinct from aliases_in_use.lead_id
            or aliases.email_digest is distinct from aliases_in_use.email_digest
            or aliases.is_internal is distinct from aliases_in_use.is_internal
        )

)

select * from final
