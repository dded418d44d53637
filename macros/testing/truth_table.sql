{# A truth table of a rule: rows of inputs and the expected answer, as a relation. `columns` are
   "name type" words; values are Python literals, `none` is null. #}
{% macro truth_table(columns, rows) -%}
    {%- for row in rows %}
    select
        {%- for column in columns %}
        {%- set name, type = column.split(' ') %}
        {%- set value = row[loop.index0] %}
        {%- set literal = 'null' if value is none else ("'" ~ value ~ "'" if value is string else value) %}
        {{ dbt.cast(literal, type) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
