{%- set figures = {'entered': counted('true')} -%}
{%- for days in cohort_windows() -%}
    {%- do figures.update({
        'mature_' ~ days: counted(has_passed('entered_at', days)),
        'reached_' ~ days: counted(has_passed('entered_at', days) ~ ' and '
            ~ is_within('reached_at', 'entered_at', days)),
    }) -%}
{%- endfor -%}
{%- do figures.update({
    'reached_ever': counted('reached_at is not null'),
    'median_days': percentile_of_seconds('seconds_between', 0.5, 86400),
    'p90_days': percentile_of_seconds('seconds_between', 0.9, 86400),
}) -%}

with transitions as (

    select * from {{ ref('int_stage_transitions') }}

),

settings as (

    select small_sample_below from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

sums as (

    {{ by_every_segment('transitions', ['month', 'from_stage', 'to_stage'], figures) }}

),

final as (

    select
        sums.segment_type,
        sums.segment,
        sums.month,
        sums.from_stage,
        sums.to_stage,
        sums.entered,
        {% for days in cohort_windows() %}
        sums.reached_{{ days }} as reached_within_{{ days }}_numerator,
        sums.mature_{{ days }} as reached_within_{{ days }}_denominator,
        {{ rate('sums.reached_' ~ days, 'sums.mature_' ~ days) }} as reached_within_{{ days }}_rate,
        {{ is_small_sample('sums.mature_' ~ days, 'settings.small_sample_below') }}
            as is_reached_within_{{ days }}_small,
        sums.entered - sums.mature_{{ days }} as immature_{{ days }},
        sums.mature_{{ days }} < sums.entered as is_incomplete_{{ days }},
        {% endfor %}
        sums.reached_ever as reached_ever_numerator,
        sums.entered as reached_ever_denominator,
        {{ rate('sums.reached_ever', 'sums.entered') }} as reached_ever_rate,
        {{ is_small_sample('sums.entered', 'settings.small_sample_below') }} as is_reached_ever_small,
        sums.median_days,
        sums.p90_days
    from sums
    cross join settings

)

select * from final
