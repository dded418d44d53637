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

{# Spark has no delete by key in plain files: staging is made anew there, always with
   `--full-refresh`. #}
{% materialization incremental, adapter='spark' %}
    {%- if is_incremental() -%}
        {{ exceptions.raise_compiler_error("On Spark staging is made anew: run dbt with --full-refresh.") }}
    {%- endif -%}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
