{# A truth table of a rule: rows of inputs and the expected answer, as a relation. `columns` are
   "name type" words; values are Python literals, `none` is null. #}
{% macro truth_table(columns, rows) -%}
    {%- for row in rows %}
    select
        {%- for column in columns %}
        {%- set name, type = column.split(' ') %}
        {%- set value = row[loop.index0] %}
        cast({% if value is none %}null{% elif value is string %}'{{ value }}'{% else %}{{ value }}{% endif %} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
