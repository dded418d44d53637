{# Business time is a running sum of open microseconds. What lies between two instants is the
   difference of two look-ups in the calendar, by the date (UTC) of each; and the instant at which so
   much has passed is one look-up the other way round. #}

{# Open time from the calendar's beginning until an instant, by the row of its date: what was open
   before that date, and of each opening on it what has passed. #}
{% macro open_micros_until(instant, calendar) -%}
    (
        {{ calendar }}.open_micros_before
        {%- for place in range(1, openings_of_a_date() + 1) %}
        {%- set opens_at = calendar ~ '.opens_' ~ place ~ '_at' %}
        {%- set closes_at = calendar ~ '.closes_' ~ place ~ '_at' %}
        + case
            when {{ instant }} > {{ opens_at }}
                then {{ micros_between(opens_at, 'least(' ~ instant ~ ', ' ~ closes_at ~ ')') }}
            else 0
        end
        {%- endfor %}
    )
{%- endmacro %}

{# How many openings a date (UTC) may have: three of a day with two breaks, and one of the next. #}
{% macro openings_of_a_date() -%}
    {{ return(4) }}
{%- endmacro %}

{% macro micros_between(earlier, later) -%}
    cast(round(1000000 * {{ seconds_between(earlier, later) }}) as bigint)
{%- endmacro %}

{% macro minutes_of(micros) -%}
    ({{ dbt.cast(micros, 'float8') }} / 60000000)
{%- endmacro %}

{# Stretches of open time of this length have a number; an opening lies in a few of them, so that it
   is found by the number instead of by comparing with all. #}
{% macro stretch_of(open_micros) -%}
    cast(floor(({{ open_micros }}) / 28800000000.0) as bigint)
{%- endmacro %}

{# A time of day such as `09:00`, on a day. #}
{% macro local_time_of(midnight, time_of_day) -%}
    (
        {{ midnight }}
        + interval '1' hour * cast({{ part_of(time_of_day, ':', 1) }} as integer)
        + interval '1' minute * cast({{ part_of(time_of_day, ':', 2) }} as integer)
    )
{%- endmacro %}
