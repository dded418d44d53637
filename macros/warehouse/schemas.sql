{# Schemas are named as the folders say. `leadger run` builds the marts beside those in use
   (`marts_schema`) and every time-travel run into schemas of its own (`schema_suffix`). #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = custom_schema_name or target.schema -%}
    {%- if name == 'marts' -%}{%- set name = var('marts_schema') -%}{%- endif -%}
    {%- if node.resource_type == 'seed' -%}{{ name }}
    {%- else -%}{{ name }}{{ var('schema_suffix') }}
    {%- endif -%}
{%- endmacro %}
