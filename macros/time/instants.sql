{# Instants are naive UTC timestamps. The only clock is the variable `as_of`. #}

{% macro as_of() -%}
    cast('{{ var("as_of") }}' as timestamp)
{%- endmacro %}

{% macro beginning_of_time() -%}
    cast('1900-01-01 00:00:00' as timestamp)
{%- endmacro %}

{% macro end_of_time() -%}
    cast('9999-12-31 00:00:00' as timestamp)
{%- endmacro %}

{% macro days_after(instant, days) -%}
    ({{ instant }} + interval '1' day * ({{ days }}))
{%- endmacro %}

{# Half-open: from its start until, not including, its end. #}
{% macro holds_at(instant, valid_from, valid_to) -%}
    ({{ instant }} >= {{ valid_from }} and {{ instant }} < {{ valid_to }})
{%- endmacro %}

{# The first day of a calendar month in UTC. #}
{% macro month_of(instant) -%}
    cast(date_trunc('month', {{ instant }}) as date)
{%- endmacro %}

{% macro next_month_at(instant) -%}
    (date_trunc('month', {{ instant }}) + interval '1' month)
{%- endmacro %}
