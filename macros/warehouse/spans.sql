{# Elapsed seconds, with their fraction. #}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'leadger')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (cast(date_diff('microsecond', {{ earlier }}, {{ later }}) as double) / 1000000)
{%- endmacro %}

{% macro postgres__seconds_between(earlier, later) -%}
    cast(extract(epoch from {{ later }} - {{ earlier }}) as double precision)
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    (cast(unix_micros({{ later }}) - unix_micros({{ earlier }}) as double) / 1000000)
{%- endmacro %}

{# The instant so many microseconds later. #}
{% macro micros_after(instant, micros) -%}
    {{ return(adapter.dispatch('micros_after', 'leadger')(instant, micros)) }}
{%- endmacro %}

{% macro default__micros_after(instant, micros) -%}
    (
        {{ instant }}
        + interval '1' second * cast(floor(({{ micros }}) / 1000000.0) as integer)
        + interval '1' microsecond * cast(mod({{ micros }}, 1000000) as integer)
    )
{%- endmacro %}

{% macro postgres__micros_after(instant, micros) -%}
    ({{ instant }} + interval '1 microsecond' * ({{ micros }}))
{%- endmacro %}

{% macro spark__micros_after(instant, micros) -%}
    timestampadd(microsecond, {{ micros }}, {{ instant }})
{%- endmacro %}

{# The instant in UTC at which clocks of a time zone show a local time. #}
{% macro utc_of(local_time, zone) -%}
    {{ return(adapter.dispatch('utc_of', 'leadger')(local_time, zone)) }}
{%- endmacro %}

{% macro default__utc_of(local_time, zone) -%}
    (({{ local_time }} at time zone {{ zone }}) at time zone 'UTC')
{%- endmacro %}

{% macro spark__utc_of(local_time, zone) -%}
    convert_timezone({{ zone }}, 'UTC', {{ local_time }})
{%- endmacro %}
