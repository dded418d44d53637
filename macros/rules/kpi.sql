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

{# Whoever was handed over and not tried once by twice the time that was given. Null until then, also
   of whoever was tried sooner: who leaked is known no sooner. #}
{% macro is_leaked(stopped_at, twice_due_at, judged_at) -%}
    case
        when {{ judged_at }} >= {{ twice_due_at }}
            then coalesce({{ stopped_at }} > {{ twice_due_at }}, true)
    end
{%- endmacro %}

{# What was spent: nothing where no cost is on record, unknown where none of them has a rate. #}
{% macro known_cost(cost, costs_without_rate) -%}
    case
        when {{ cost }} is not null then {{ cost }}
        when coalesce({{ costs_without_rate }}, 0) = 0 then 0
    end
{%- endmacro %}

{# Entries into the funnel, counted: each rate made of them leaves out on both sides whoever has not
   had their time yet, and counts them beside. #}
{% macro entry_figures() -%}
    {%- set figures = {
        'leads': counted("stage = 'lead'"),
        'mqls': counted("stage = 'mql'"),
        'sqls': counted("stage = 'sql'"),
        'prospects': counted("stage = 'prospect'"),
        'customers': counted("stage = 'customer'"),
        'first_mqls': counted("stage = 'mql' and entry_number = 1"),
        'first_sqls': counted("stage = 'sql' and entry_number = 1"),
        'accepted': counted("is_acceptance_over and answer = 'accepted'"),
        'acceptance_decided': counted('is_acceptance_over'),
        'acceptance_open': counted("stage = 'sql' and not is_acceptance_over"),
        'accepted_by_verdict': counted('is_acceptance_over and is_accepted_by_verdict'),
        'returned': counted('is_returned'),
        'contested': counted('is_contested'),
        'contest_decided': counted('is_contest_over'),
        'contest_open': counted("stage = 'mql' and not is_contest_over"),
        'won_sqls': counted('is_won'),
        'touched_mqls': counted("stage = 'mql' and first_touch_at is not null"),
    } -%}
    {%- for stage in funnel_stages()[:-1] -%}
        {%- do figures.update({
            'mature_' ~ stage ~ 's': counted("stage = '" ~ stage ~ "' and is_mature"),
            'immature_' ~ stage ~ 's': counted("stage = '" ~ stage ~ "' and not is_mature"),
            'converted_' ~ stage ~ 's': counted("stage = '" ~ stage ~ "' and is_converted"),
        }) -%}
    {%- endfor -%}
    {{ return(figures) }}
{%- endmacro %}

{# The rates of the funnel whose windows have to pass first: name, numerator, denominator, and who is
   not counted yet. #}
{% macro sales_feedback_rates() -%}
    {{ return([
        ['acceptance', 'accepted', 'acceptance_decided', 'acceptance_open'],
        ['recycle', 'returned', 'mature_mqls', 'immature_mqls'],
        ['contested', 'contested', 'contest_decided', 'contest_open'],
    ]) }}
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
