{# Types as contracts, seeds and truth tables name them; Spark has other names for two of them. #}
{% macro spark__cast(field, type) -%}
    cast({{ field }} as {{ spark_type(type) }})
{%- endmacro %}

{% macro spark_type(type) -%}
    {{ return({'varchar': 'string', 'float8': 'double'}.get(type, type)) }}
{%- endmacro %}

{# Seeds on Spark: an empty cell is null, and text is not formatted into the statement. #}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
        create table {{ this.render() }} (
            {%- for name in agate_table.column_names %}
            {{ name }} {{ spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
        insert into {{ this.render() }} values
        {%- for row in agate_table.rows %}
        (
            {%- for name in agate_table.column_names -%}
            {%- set type = spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
            {%- set value = row[loop.index0] -%}
            cast({% if value is none %}null{% else %}'{{ (value | string).replace("\\", "\\\\").replace("'", "\\'") }}'{% endif %} as {{ type }})
            {{- ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- call statement('rows') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{% endmacro %}

{% macro as_double(expression) -%}
    {{ dbt.cast(expression, 'float8') }}
{%- endmacro %}
