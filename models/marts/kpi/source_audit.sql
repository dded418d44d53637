{%- set outcomes = ['mql', 'sql', 'customer'] -%}

with people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', [
        'lead_source', 'source_agency', 'has_legal_basis', 'has_proof', 'has_objected',
        'duplicate_contacts',
    ]) }}

),

entries as (

    select
        entries.lead_id,
        entries.stage,
        entries.stage = 'lead' and entries.is_mature as is_mature_lead,
        {{ is_within('entries.reached_sql_at', 'entries.entered_at', 'settings.maturity_days') }}
            as is_sql_in_time
    from {{ ref('int_segmented_entries') }} as entries
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('entries.entered_at', 'settings.valid_from', 'settings.valid_to') }}

),

reached as (

    select
        {% for stage in ['lead'] + outcomes %}
        max(case when stage = '{{ stage }}' then 1 else 0 end) = 1 as has_been_{{ stage }},
        {% endfor %}
        max(case when is_mature_lead then 1 else 0 end) = 1 as is_mature_lead,
        max(case when is_mature_lead and is_sql_in_time then 1 else 0 end) = 1 as is_converted_lead,
        lead_id
    from entries
    group by lead_id

),

brought as (

    select
        {% for stage in ['lead'] + outcomes %}
        coalesce(reached.has_been_{{ stage }}, false) as has_been_{{ stage }},
        {% endfor %}
        coalesce(reached.is_mature_lead, false) as is_mature_lead,
        coalesce(reached.is_converted_lead, false) as is_converted_lead,
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
        {{ counted('is_mature_lead') }} as mature_leads,
        {{ counted('has_been_lead and not is_mature_lead') }} as immature_leads,
        {{ counted('is_converted_lead') }} as converted_leads,
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
            ['objection', 'objections', 'people'], ['conversion', 'converted_leads', 'mature_leads'],
        ] %}
        sums.{{ numerator }} as {{ name }}_numerator,
        sums.{{ denominator }} as {{ name }}_denominator,
        {{ rate('sums.' ~ numerator, 'sums.' ~ denominator) }} as {{ name }}_rate,
        {{ is_small_sample('sums.' ~ denominator, 'settings.small_sample_below') }} as is_{{ name }}_small,
        {% endfor %}
        {{ rate('sums.converted_leads', 'sums.mature_leads') }} as conversion,
        sums.immature_leads as conversion_immature,
        sums.immature_leads > 0 as is_conversion_incomplete,
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
