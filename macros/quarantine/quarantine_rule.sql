{# The name of the first broken rule of a raw row, null for a sound one.
   `rules` is a list of [name, condition under which it is broken]. #}
{% macro quarantine_rule(rules) -%}
    case
        {%- for name, is_broken in rules %}
        when {{ is_broken }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{% macro is_any_empty(columns) -%}
    ({% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Before 1990, or more than a day ahead of the load: a clock or a cast went wrong. #}
{% macro is_any_before_1990(columns) -%}
    ({% for column in columns %}{{ column }} < cast('1990-01-01 00:00:00' as timestamp)
        {{- ' or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro is_any_after_load(columns) -%}
    ({% for column in columns %}{{ column }} > {{ days_after('_loaded_at', 1) }}
        {{- ' or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# No honest name, address or label is this long; a file was cut or glued. #}
{% macro is_any_too_long(columns, most=10000) -%}
    ({% for column in columns %}length({{ column }}) > {{ most }}{{ ' or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro is_unknown(column, allowed) -%}
    {{ column }} not in ({% for value in allowed %}'{{ value }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
