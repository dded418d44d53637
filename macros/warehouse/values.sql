{# Numbers and instants as text and back, on which engines differ. #}

{# The number a text holds, null when it holds none: digits, a point, a sign, an exponent. #}
{% macro number_in(text) -%}
    {{ return(adapter.dispatch('number_in', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__number_in(text) -%}
    case when regexp_matches({{ text }}, '{{ number_pattern() }}') then cast({{ text }} as double) end
{%- endmacro %}

{% macro postgres__number_in(text) -%}
    case when {{ text }} ~ '{{ number_pattern() }}' then cast({{ text }} as double precision) end
{%- endmacro %}

{% macro spark__number_in(text) -%}
    case when rlike({{ text }}, '{{ number_pattern() }}') then cast({{ text }} as double) end
{%- endmacro %}

{# Within what every engine can hold: none gives the same answer, or any, beyond. #}
{% macro number_pattern() -%}
    {{ return('^ *[-+]?([0-9]{1,40}[.]?[0-9]{0,40}|[.][0-9]{1,40})([eE][-+]?[0-9]{1,2})? *$') }}
{%- endmacro %}

{# A number with a fraction as text: `1000000.0`. #}
{% macro number_as_text(number) -%}
    {{ return(adapter.dispatch('number_as_text', 'leadger')(number)) }}
{%- endmacro %}

{% macro default__number_as_text(number) -%}
    {{ as_text(number) }}
{%- endmacro %}

{% macro postgres__number_as_text(number) -%}
    case
        when {{ number }} = floor({{ number }}) and abs({{ number }}) < 1e16
            then cast(cast(cast({{ number }} as text) as numeric) as text) || '.0'
        when abs({{ number }}) between 1e-4 and 1e16
            then cast(cast(cast({{ number }} as text) as numeric) as text)
        else cast({{ number }} as text)
    end
{%- endmacro %}

{% macro spark__number_as_text(number) -%}
    case
        when {{ number }} = floor({{ number }}) and abs({{ number }}) < 1e16
            then cast(cast({{ number }} as decimal(16, 0)) as string) || '.0'
        when abs({{ number }}) between 1e-4 and 1e16
            then trim(trailing '0' from cast(cast({{ number }} as decimal(38, 20)) as string))
        else cast({{ number }} as string)
    end
{%- endmacro %}

{# An instant as ISO 8601 text with microseconds, the same on every engine. #}
{% macro iso_instant(instant) -%}
    {{ return(adapter.dispatch('iso_instant', 'leadger')(instant)) }}
{%- endmacro %}

{% macro default__iso_instant(instant) -%}
    strftime({{ instant }}, '%Y-%m-%dT%H:%M:%S.%fZ')
{%- endmacro %}

{% macro postgres__iso_instant(instant) -%}
    to_char({{ instant }}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
{%- endmacro %}

{% macro spark__iso_instant(instant) -%}
    date_format({{ instant }}, 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')
{%- endmacro %}
