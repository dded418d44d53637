{%- set outcomes = ['mql', 'sql', 'customer'] -%}

with people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', [
        'lead_source', 'source_agency', 'has_legal_basis', 'has_proof', 'has_objected',
        'duplicate_contacts',
    ]) }}

),

reached as (

    select
        {% for stage in ['lead'] + outcomes %}
        max(case when stage = '{{ stage }}' then 1 else 0 end) = 1 as has_been_{{ stage }},
        {% endfor %}
        lead_id
    from {{ ref('int_segmented_entries') }}
    group by lead_id

),

brought as (

    select
        {% for stage in ['lead'] + outcomes %}
        coalesce(reached.has_been_{{ stage }}, false) as has_been_{{ stage }},
        {% endfor %}
        people.*
    from people
    left join reached on people.lead_id = reached.lead_id

),

sourced as (

    select *, 'lead_source' as source_type, lead_source as source from brought
    union all
    select *, 'agency' as source_type, source_agency as source from brought
    where source_agency <> 'none'

),

sums as (

    select
        source_type,
        source,
        count(*) as people,
        {{ counted('has_been_lead') }} as leads,
        {{ counted('has_legal_basis') }} as with_legal_basis,
        {{ counted('has_proof') }} as with_proof,
        {{ counted('has_objected') }} as objections,
        {% for stage in outcomes %}
        {{ counted('has_been_lead and has_been_' ~ stage) }} as {{ stage }}s,
        {% endfor %}
        cast(sum(duplicate_contacts) as bigint) as duplicates
    from sourced
    group by source_type, source

),

settings as (

    select small_sample_below from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

final as (

    select
        sums.source_type,
        sums.source,
        {% for name, numerator, denominator in [
            ['legal_basis', 'with_legal_basis', 'people'], ['proof', 'with_proof', 'people'],
            ['objection', 'objections', 'people'], ['conversion', 'sqls', 'leads'],
        ] %}
        sums.{{ numerator }} as {{ name }}_numerator,
        sums.{{ denominator }} as {{ name }}_denominator,
        {{ rate('sums.' ~ numerator, 'sums.' ~ denominator) }} as {{ name }}_rate,
        {{ is_small_sample('sums.' ~ denominator, 'settings.small_sample_below') }} as is_{{ name }}_small,
        {% endfor %}
        {{ rate('sums.sqls', 'sums.leads') }} as conversion,
        sums.people,
        sums.leads,
        sums.with_legal_basis,
        sums.with_proof,
        sums.objections,
        sums.duplicates,
        sums.mqls,
        sums.sqls,
        sums.customers
    from sums
    cross join settings

)

select * from final
