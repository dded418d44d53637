{#- One row per person, attribute and stay of a value: the latest non-empty value among all the
    person's contacts, by updated_at and then contact id. -#}
{%- set attributes = [
    'email', 'job_title', 'country', 'language', 'lead_source', 'company_id', 'first_name', 'last_name',
    'owner_id', 'source_agency',
] -%}

with versions as (

    select versions.*, aliases.lead_id
    from {{ ref('int_contact_versions') }} as versions
    inner join {{ ref('int_lead_aliases') }} as aliases on versions.contact_id = aliases.contact_id
    where {{ is_touched('aliases.lead_id') }}

),

named_values as (

    {% for attribute in attributes %}
    select
        lead_id, '{{ attribute }}' as attribute, {{ attribute }} as value,
        visible_from, updated_at, contact_id
    from versions
    where {{ attribute }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

ranked as (

    select
        *,
        row_number() over (partition by lead_id, attribute order by updated_at, contact_id) as rank_in_time
    from named_values

),

seen as (

    select
        *,
        max(rank_in_time) over (
            partition by lead_id, attribute order by visible_from
        ) as rank_in_force
    from ranked

),

changes as (

    -- the instants at which another value takes over
    select lead_id, attribute, rank_in_force, min(visible_from) as valid_from
    from seen
    group by lead_id, attribute, rank_in_force

),

final as (

    select
        changes.lead_id,
        changes.attribute,
        ranked.value,
        changes.valid_from,
        lead(changes.valid_from, 1, {{ end_of_time() }}) over (
            partition by changes.lead_id, changes.attribute order by changes.valid_from
        ) as valid_to
    from changes
    inner join ranked
        on
            changes.lead_id = ranked.lead_id
            and changes.attribute = ranked.attribute
            and changes.rank_in_force = ranked.rank_in_time

)

select * from final
