{# How text is read everywhere: trimmed, and empty is null. #}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{# Labels such as statuses and kinds, whatever their case. #}
{% macro clean_label(column) -%}
    lower({{ clean_text(column) }})
{%- endmacro %}

{# Only what had landed by `known_at`; everything when it is not given. #}
{% macro had_landed() -%}
    {%- if var('known_at') -%} _loaded_at <= cast('{{ var("known_at") }}' as timestamp)
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Later landings come later in this order. #}
{% macro landing_order(direction='asc') -%}
    _loaded_at {{ direction }}, _batch {{ direction }}, _row {{ direction }}
{%- endmacro %}
