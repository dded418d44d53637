{# How DuckDB makes a table or a view: in one transaction, in its place. dbt's own way builds under
   another name, renames twice and drops, which costs more than the SQL of a small run. #}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}
    {%- do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_view %}{% do adapter.drop_relation(existing) %}{% endif %}
    {%- call statement('main') -%}
        create or replace view {{ target_relation }} as (
            {{ sql }}
        )
    {%- endcall %}
    {%- do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# How Spark brings a table up to date by key, on file formats that cannot delete: the partitions that
   lose or gain rows are written anew. A run cut short in between is made good by the next, which
   finds the same rows new. #}
{% materialization incremental, adapter='spark' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set key = config.require('unique_key') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
        {%- call statement('main') -%}
            create table {{ target_relation }} {{ file_format_clause() }} partitioned by (batch_bucket) as
            select new_rows.*, {{ batch_bucket() }} as batch_bucket from ({{ compiled_code }}) as new_rows
        {%- endcall -%}
    {%- else -%}
        {%- set new_rows = this.incorporate(path={'identifier': this.identifier ~ '__new'}, type='table') -%}
        {%- do run_query('drop table if exists ' ~ new_rows) -%}
        {%- call statement('main') -%}
            create table {{ new_rows }} {{ file_format_clause() }} as
            select new_rows.*, {{ batch_bucket() }} as batch_bucket from ({{ compiled_code }}) as new_rows
        {%- endcall -%}
        {%- set changed = 'select new_rows.' ~ key ~ ' from ' ~ new_rows ~ ' as new_rows' -%}
        {%- set touched = first_column(
            'select batch_bucket from ' ~ new_rows ~ ' union select batch_bucket from ' ~ target_relation
            ~ ' where ' ~ key ~ ' in (' ~ changed ~ ')'
        ) -%}
        {%- set rows -%}
            select kept.* from {{ target_relation }} as kept
            left anti join {{ new_rows }} as new_rows on kept.{{ key }} = new_rows.{{ key }}
            where kept.batch_bucket in ({{ touched | join(', ') }})
            union all
            select * from {{ new_rows }}
        {%- endset -%}
        {%- do overwrite_partitions(target_relation, rows, 'batch_bucket', touched) -%}
        {%- do run_query('drop table ' ~ new_rows) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# What a planner has to know of a table just made: PostgreSQL gathers it within minutes by itself, and
   takes the table for a small one until then. #}
{% macro gather_statistics() -%}
    {{ return(adapter.dispatch('gather_statistics', 'leadger')()) }}
{%- endmacro %}

{% macro default__gather_statistics() -%}
{%- endmacro %}

{% macro postgres__gather_statistics() -%}
    {%- if config.get('materialized') != 'view' -%}analyze {{ this }}{%- endif -%}
{%- endmacro %}
