{#- What people edited in a CRM and the marts say otherwise, as the ledger has it after the last sync;
    a record is a contact of ours. Time travel judges what arrived, not what CRMs answered. -#}
with conflicts as (

    {% if var('has_crm_ledger') %}
    select destination, object_id, property, recorded_at from {{ in_use('crm_sync', 'open_conflicts') }}
    {% else %}
    select
        {{ as_text('null') }} as destination, {{ as_text('null') }} as object_id,
        {{ as_text('null') }} as property, cast(null as timestamp) as recorded_at
    where false
    {% endif %}

),

aliases as (

    select * from {{ ref('int_lead_aliases') }}
    where not is_internal

),

final as (

    select
        aliases.lead_id,
        'crm=' || conflicts.destination || ', record=' || conflicts.object_id
        || ', property=' || conflicts.property as evidence,
        conflicts.recorded_at as found_at
    from conflicts
    inner join aliases on conflicts.object_id = aliases.contact_id

)

select * from final
