{# What every figure of the funnel is made of: rates with numerator and denominator beside them,
   windows that have passed or not, percentiles. #}

{# A rate is unknown where there is nothing to divide by. #}
{% macro rate(numerator, denominator) -%}
    case when {{ denominator }} > 0 then {{ as_double(numerator) }} / {{ as_double(denominator) }} end
{%- endmacro %}

{# So few cases that a rate says little. #}
{% macro is_small_sample(denominator, small_sample_below) -%}
    (coalesce({{ denominator }}, 0) < {{ small_sample_below }})
{%- endmacro %}

{# A window counts from its instant until, not including, so many days later. #}
{% macro has_passed(opened_at, days) -%}
    ({{ days_after(opened_at, days) }} <= {{ as_of() }})
{%- endmacro %}

{% macro is_within(instant, opened_at, days) -%}
    (
        {{ instant }} is not null
        and {{ instant }} >= {{ opened_at }}
        and {{ instant }} < {{ days_after(opened_at, days) }}
    )
{%- endmacro %}

{# What became of an SQL that sales was handed: its first answer, a verdict or an act that took the lead
   on; or none in time. Null while it may come. #}
{% macro handoff_answer(verdict, verdict_at, taken_on_at, handed_over_at, acceptance_expires_days) -%}
    case
        when {{ taken_on_at }} < coalesce({{ verdict_at }}, {{ end_of_time() }}) then 'accepted'
        when {{ verdict }} is not null then {{ verdict }}
        when {{ has_passed(handed_over_at, acceptance_expires_days) }} then 'expired'
    end
{%- endmacro %}

{# Interpolated between the two nearest values. #}
{% macro percentile(value, share) -%}
    percentile_cont({{ share }}) within group (order by {{ value }})
{%- endmacro %}

{# The same in units of so many seconds, to four decimals. Engines interpolate and round their own way,
   where a number lies halfway: so to the millisecond first, and with the floor that all of them have. #}
{% macro percentile_of_seconds(seconds, share, unit) -%}
    {{ in_units(percentile(seconds, share), unit) }}
{%- endmacro %}

{% macro in_units(seconds, unit) -%}
    {{ to_decimals(to_decimals(seconds, 1000) ~ ' / ' ~ unit, 10000) }}
{%- endmacro %}

{% macro to_decimals(number, parts) -%}
    ({{ as_double('floor(' ~ number ~ ' * ' ~ parts ~ ' + 0.5)') }} / {{ parts }})
{%- endmacro %}

{# What has not come yet lasts longer than anything that has: a percentile that falls on it is not
   known. Censored, not dropped. #}
{% macro never() -%}
    1000000000000
{%- endmacro %}

{% macro censored_percentile_of_seconds(seconds, is_counted, share, unit) -%}
    {%- set percentile = percentile('case when ' ~ is_counted ~ ' then coalesce(' ~ seconds ~ ', ' ~ never() ~ ') end', share) -%}
    case
        when {{ percentile }} < {{ never() }} / 100
            then {{ in_units(percentile, unit) }}
    end
{%- endmacro %}

{# What the open pipeline brings in a day, at the pace of the month's closings. #}
{% macro pipeline_velocity(open_prospects, win_rate, average_won_amount, median_cycle_days) -%}
    case
        when {{ median_cycle_days }} > 0
            then {{ open_prospects }} * {{ win_rate }} * {{ average_won_amount }} / {{ median_cycle_days }}
    end
{%- endmacro %}

{# Whoever was handed over and not tried once by twice the time that was given. #}
{% macro is_leaked(stopped_at, twice_due_at, judged_at) -%}
    ({{ judged_at }} >= {{ twice_due_at }} and coalesce({{ stopped_at }} > {{ twice_due_at }}, true))
{%- endmacro %}

{# The stages of the funnel in order. #}
{% macro funnel_stages() -%}
    {{ return(['lead', 'mql', 'sql', 'prospect', 'customer']) }}
{%- endmacro %}

{# The spans, in days, in which a cohort is looked at. #}
{% macro cohort_windows() -%}
    {{ return([30, 60, 90]) }}
{%- endmacro %}

{# The reasons of sending back that have a column of their own; all others are one more. #}
{% macro recycle_reasons() -%}
    {{ return(['wrong_contact', 'not_icp', 'no_budget', 'bad_timing', 'no_response', 'not_ready']) }}
{%- endmacro %}
