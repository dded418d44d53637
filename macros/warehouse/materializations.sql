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

{# How Spark brings a table up to date by key, on file formats that cannot delete: what stays and what
   is new make the next table, which takes the old one's place. A run cut short in between finds no
   table, and makes it from nothing. #}
{% materialization incremental, adapter='spark' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set key = config.require('unique_key') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, compiled_code) }}
        {%- endcall -%}
    {%- else -%}
        {%- set new_rows = this.incorporate(path={'identifier': this.identifier ~ '__new'}, type='table') -%}
        {%- set next_table = this.incorporate(path={'identifier': this.identifier ~ '__next'}, type='table') -%}
        {%- do adapter.drop_relation(new_rows) -%}
        {%- do adapter.drop_relation(next_table) -%}
        {%- call statement('new_rows') -%}{{ create_table_as(False, new_rows, compiled_code) }}{%- endcall -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, next_table, 'select * from ' ~ new_rows ~ ' union all '
                ~ 'select kept.* from ' ~ target_relation ~ ' as kept '
                ~ 'left anti join ' ~ new_rows ~ ' as new_rows on kept.' ~ key ~ ' = new_rows.' ~ key) }}
        {%- endcall -%}
        {%- do adapter.drop_relation(target_relation) -%}
        {%- do adapter.rename_relation(next_table, target_relation) -%}
        {%- do adapter.drop_relation(new_rows) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
