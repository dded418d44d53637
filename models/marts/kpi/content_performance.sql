{%- set reasons = recycle_reasons() -%}
{#- Rates are those of `kpis_monthly`, of the entries credited to each asset; `accepted` and `recycled`
    are as far as known now. -#}
{%- set figures = entry_figures() -%}
{%- do figures.update({
    'accepted_so_far': counted("stage = 'sql' and answer = 'accepted'"),
    'recycled': counted("stage = 'mql' and returned_at is not null"),
}) -%}
{%- for reason in reasons -%}
    {%- do figures.update({
        'recycled_' ~ reason: counted("returned_at is not null and return_reason = '" ~ reason ~ "'"),
    }) -%}
{%- endfor -%}
{%- do figures.update({
    'recycled_other': counted(
        "returned_at is not null and (return_reason is null or return_reason not in ('"
        ~ reasons | join("', '") ~ "'))"
    ),
}) -%}

with entries as (

    select * from {{ ref('int_segmented_entries') }}

),

credited as (

    select *, 'campaign' as asset_type, campaign_id as asset_id from entries
    where campaign_id is not null
    union all
    select *, 'content' as asset_type, content_id as asset_id from entries
    where content_id is not null

),

settings as (

    select small_sample_below from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

sums as (

    {{ by_every_segment('credited', ['asset_type', 'asset_id', 'month'], figures) }}

),

campaign_costs as (

    select *, 'campaign' as asset_type, campaign_id as asset_id from {{ ref('int_segmented_costs') }}

),

costs as (

    {{ by_every_segment(
        'campaign_costs', ['asset_type', 'asset_id', 'month'],
        {'cost': 'sum(cost)', 'costs_without_rate': counted('cost is null')},
        ['lever', 'lead_source']
    ) }}

),

months as (

    select segment_type, segment, asset_type, asset_id, month from sums
    union
    select segment_type, segment, asset_type, asset_id, month from costs

),

counts as (

    select
        months.*,
        {% for name in figures %}
        coalesce(sums.{{ name }}, 0) as {{ name }},
        {% endfor %}
        case
            when months.asset_type = 'campaign' and months.segment_type in ('all', 'lever', 'lead_source')
                then {{ known_cost('costs.cost', 'costs.costs_without_rate') }}
        end as cost,
        coalesce(costs.costs_without_rate, 0) as costs_without_rate
    from months
    left join sums
        on
            months.segment_type = sums.segment_type
            and months.segment = sums.segment
            and months.asset_type = sums.asset_type
            and months.asset_id = sums.asset_id
            and months.month = sums.month
    left join costs
        on
            months.segment_type = costs.segment_type
            and months.segment = costs.segment
            and months.asset_type = costs.asset_type
            and months.asset_id = costs.asset_id
            and months.month = costs.month

),

final as (

    select
        counts.segment_type,
        counts.segment,
        counts.asset_type,
        counts.asset_id,
        counts.month,
        counts.leads,
        counts.mqls,
        counts.sqls,
        counts.accepted_so_far as accepted,
        counts.recycled,
        {% for reason in reasons + ['other'] %}
        counts.recycled_{{ reason }},
        {% endfor %}
        counts.contested,
        counts.customers as won,
        {{ as_double('counts.cost') }} as cost,
        counts.costs_without_rate,
        {% for name, numerator, denominator, open in sales_feedback_rates() %}
        counts.{{ numerator }} as {{ name }}_numerator,
        counts.{{ denominator }} as {{ name }}_denominator,
        {{ rate('counts.' ~ numerator, 'counts.' ~ denominator) }} as {{ name }}_rate,
        {{ is_small_sample('counts.' ~ denominator, 'settings.small_sample_below') }} as is_{{ name }}_small,
        counts.{{ open }} as {{ name }}_immature,
        counts.{{ open }} > 0 as is_{{ name }}_incomplete,
        {% endfor %}
        counts.first_mqls as cost_per_mql_denominator,
        {{ rate('counts.cost', 'counts.first_mqls') }} as cost_per_mql,
        {{ is_small_sample('counts.first_mqls', 'settings.small_sample_below') }} as is_cost_per_mql_small
    from counts
    cross join settings

)

select * from final
