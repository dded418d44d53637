{%- set tables = [
    'contacts', 'companies', 'events', 'sales_activities', 'deals', 'consents', 'deal_contacts',
    'reps', 'campaign_costs',
] -%}

with counted as (

    {% for table in tables %}
    select
        '{{ table }}' as table_name,
        (
            select count(*) from {{ source('raw', table) }}
            where {{ had_landed() }}
        ) as rows_in,
        (select count(*) from {{ ref('stg_' ~ table) }}) as rows_staged,
        (
            select count(*) from {{ ref('stg_generic__' ~ table) }}
            where is_duplicate
        ) as rows_duplicate,
        (select count(*) from {{ ref('quarantine_' ~ table) }}) as rows_quarantined,
        (
            select count(*) from {{ ref('stg_generic__' ~ table) }}
            where quarantine_rule in ('unknown_contact', 'unknown_deal')
        ) as rows_waiting
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select * from counted

)

select * from final
