{#- Everybody's deals with what they are reported under; deals of nobody too. Size, length of cycle and
    new business or expansion are the deal's own. -#}
{%- set columns = [
    'deal_id', 'company_id', 'status', 'reported_amount', 'cycle_seconds', 'opened_at', 'closed_at',
    'deal_size_band', 'cycle_length_band',
] -%}
{%- set segments = [
    'lever', 'lead_source', 'industry', 'company_size_band', 'country', 'source_agency',
] -%}

with deals as (

    {{ with_untouched('int_deal_outcomes', 'marts', 'deal_outcomes', columns) }}

),

people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', ['company_id'] + segments) }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

final as (

    select
        deals.lead_id,
        {% for column in columns %}
        deals.{{ column }},
        {% endfor %}
        {{ month_of('deals.closed_at') }} as month,
        {% for segment in segments %}
        coalesce(people.{{ segment }}, '{{ "none" if segment == "source_agency" else "unknown" }}')
            as {{ segment }},
        {% endfor %}
        {{ business_type('deals.opened_at', 'accounts.won_at') }} as business_type
    from deals
    left join people on deals.lead_id = people.lead_id
    left join accounts
        on coalesce(deals.company_id, people.company_id, deals.lead_id) = accounts.account_id

)

select * from final
