with transitions as (

    select * from {{ ref('int_stage_transitions') }}

),

reached_transitions as (

    select * from transitions
    where reached_at is not null

),

entries as (

    select
        {% for segment in segment_types() %}
        {{ segment }},
        {% endfor %}
        stage,
        month
    from {{ ref('int_segmented_entries') }}

),

settings as (

    select small_sample_below from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

entered as (

    {{ by_every_segment('entries', ['month', 'stage'], {'entered': counted('true')}) }}

),

arrived as (

    {{ by_every_segment('reached_transitions', ['reached_month', 'from_stage', 'to_stage'], {
        'arrived': counted('true'),
        'median_days': percentile_of_seconds('seconds_between', 0.5, 86400),
        'p90_days': percentile_of_seconds('seconds_between', 0.9, 86400),
    }) }}

),

pairs as (

    {% for from_stage in funnel_stages()[:-1] %}
    {%- set outer_loop = loop -%}
    {% for to_stage in funnel_stages()[loop.index:] %}
    select '{{ from_stage }}' as from_stage, '{{ to_stage }}' as to_stage
    {{ 'union all' if not (outer_loop.last and loop.last) }}
    {% endfor %}
    {% endfor %}

),

months as (

    -- wherever either stage was entered, or somebody arrived
    select entered.segment_type, entered.segment, entered.month, pairs.from_stage, pairs.to_stage
    from entered
    inner join pairs on entered.stage in (pairs.from_stage, pairs.to_stage)
    union
    select segment_type, segment, reached_month, from_stage, to_stage from arrived

),

final as (

    select
        months.segment_type,
        months.segment,
        months.month,
        months.from_stage,
        months.to_stage,
        coalesce(entered_to.entered, 0) as conversion_numerator,
        coalesce(entered_from.entered, 0) as conversion_denominator,
        {{ rate('coalesce(entered_to.entered, 0)', 'coalesce(entered_from.entered, 0)') }} as conversion_rate,
        {{ is_small_sample('entered_from.entered', 'settings.small_sample_below') }} as is_conversion_small,
        coalesce(arrived.arrived, 0) as arrived,
        arrived.median_days,
        arrived.p90_days
    from months
    cross join settings
    left join entered as entered_from
        on
            months.segment_type = entered_from.segment_type
            and months.segment = entered_from.segment
            and months.month = entered_from.month
            and months.from_stage = entered_from.stage
    left join entered as entered_to
        on
            months.segment_type = entered_to.segment_type
            and months.segment = entered_to.segment
            and months.month = entered_to.month
            and months.to_stage = entered_to.stage
    left join arrived
        on
            months.segment_type = arrived.segment_type
            and months.segment = arrived.segment
            and months.month = arrived.reached_month
            and months.from_stage = arrived.from_stage
            and months.to_stage = arrived.to_stage

)

select * from final
