{#- Addresses that may have changed hands: of contacts that changed, of rows that are no contact's
    current address, and those under which the changed contacts appear in events and consents. -#}
with changed as (

    select * from {{ ref('int_changed_aliases') }}

),

versions as (

    select contact_id, email from {{ ref('int_contact_versions') }}
    where email is not null

),

new_rows as (

    select contact_id, email from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null and email is not null and {{ is_new(['created_at', 'updated_at']) }}

),

candidates as (

    select versions.email from versions
    inner join changed on versions.contact_id = changed.contact_id
    union
    select new_rows.email from new_rows
    left join {{ ref('int_lead_aliases') }} as aliases
        on new_rows.contact_id = aliases.contact_id and new_rows.email = aliases.email
    where aliases.contact_id is null
    union
    select events.email from {{ ref('stg_events') }} as events
    inner join changed on events.contact_id = changed.contact_id
    where events.email is not null
    union
    select consents.email from {{ ref('stg_consents') }} as consents
    inner join changed on consents.contact_id = changed.contact_id
    where consents.email is not null

),

final as (

    select email from candidates
    where {{ is_update() }}

)

select * from final
