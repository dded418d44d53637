{%- set reasons = recycle_reasons() -%}
{%- set figures = {
    'leads': counted("stage = 'lead'"),
    'mqls': counted("stage = 'mql'"),
    'sqls': counted("stage = 'sql'"),
    'accepted': counted("stage = 'sql' and answer = 'accepted'"),
    'acceptance_decided': counted("stage = 'sql' and answer is not null"),
    'recycled': counted("stage = 'mql' and returned_at is not null"),
} -%}
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
    'contested': counted('is_contested'),
    'contest_decided': counted('is_contest_over'),
    'won': counted("stage = 'customer'"),
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
        'campaign_costs', ['asset_type', 'asset_id', 'month'], {'cost': 'coalesce(sum(cost), 0)'},
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
                then coalesce(costs.cost, 0)
        end as cost
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
        counts.accepted,
        counts.recycled,
        {% for reason in reasons + ['other'] %}
        counts.recycled_{{ reason }},
        {% endfor %}
        counts.contested,
        counts.won,
        {{ as_double('counts.cost') }} as cost,
        {% for name, numerator, denominator in [
            ['acceptance', 'accepted', 'acceptance_decided'], ['recycle', 'recycled', 'mqls'],
            ['contested', 'contested', 'contest_decided'],
        ] %}
        counts.{{ numerator }} as {{ name }}_numerator,
        counts.{{ denominator }} as {{ name }}_denominator,
        {{ rate('counts.' ~ numerator, 'counts.' ~ denominator) }} as {{ name }}_rate,
        {{ is_small_sample('counts.' ~ denominator, 'settings.small_sample_below') }} as is_{{ name }}_small,
        {% endfor %}
        counts.mqls as cost_per_mql_denominator,
        {{ rate('counts.cost', 'counts.mqls') }} as cost_per_mql,
        {{ is_small_sample('counts.mqls', 'settings.small_sample_below') }} as is_cost_per_mql_small
    from counts
    cross join settings

)

select * from final
