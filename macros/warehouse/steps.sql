{# Steps that build on each other, each used more than once: pairs of a name and its SQL. Spark
   computes a CTE anew wherever it is read, which doubles the work with every step; there each step
   is computed when it is named. #}
{% macro in_steps(steps) -%}
    {{ return(adapter.dispatch('in_steps', 'leadger')(steps)) }}
{%- endmacro %}

{% macro default__in_steps(steps) -%}
    with
    {%- for name, sql in steps %}

    {{ name }} as (

        {{ sql }}

    ){{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{% macro spark__in_steps(steps) -%}
    {%- for name, sql in steps if execute -%}
        {%- do run_query('cache table ' ~ name ~ ' as ' ~ sql) -%}
    {%- endfor -%}
{%- endmacro %}
