{# How Spark keeps large tables: in partitions, of which a run rewrites those it touches and no others.
   Tables about people go by a bucket of the person's id (`var('lead_buckets')`), staged rows by the
   loader batch they came with, many batches to a partition. #}

{% macro lead_bucket(lead_id='lead_id') -%}
    pmod(hash({{ lead_id }}), {{ var('lead_buckets') }})
{%- endmacro %}

{% macro batch_bucket() -%}
    cast(floor(_batch / {{ var('batches_per_partition') }}) as int)
{%- endmacro %}

{# A new table of these rows, split by an expression into partitions of that name. #}
{% macro make_partitioned(target_relation, rows, partition, expression) -%}
    {%- do run_query('drop table if exists ' ~ target_relation) -%}
    {%- do run_query(
        'create table ' ~ target_relation ~ ' ' ~ file_format_clause() ~ ' partitioned by (' ~ partition ~ ') as '
        ~ 'select new_rows.*, ' ~ expression ~ ' as ' ~ partition ~ ' from (' ~ rows ~ ') as new_rows'
    ) -%}
{%- endmacro %}

{# The rows some partitions are to have take the place of those they have. They are written down
   first, since no engine reads what it is overwriting; a partition without rows is dropped last. #}
{% macro overwrite_partitions(target_relation, rows, partition, touched) -%}
    {%- if touched -%}
        {%- set next_rows = target_relation.incorporate(
            path={'identifier': target_relation.identifier ~ '__next'}, type='table'
        ) -%}
        {%- do run_query('drop table if exists ' ~ next_rows) -%}
        {%- do run_query('create table ' ~ next_rows ~ ' ' ~ file_format_clause() ~ ' as ' ~ rows) -%}
        {%- do run_query(
            'insert overwrite table ' ~ target_relation ~ ' partition (' ~ partition ~ ') select * from ' ~ next_rows
        ) -%}
        {%- set filled = first_column('select distinct ' ~ partition ~ ' from ' ~ next_rows) -%}
        {%- for bucket in touched if bucket not in filled -%}
            {%- do run_query(
                'alter table ' ~ target_relation ~ ' drop if exists partition (' ~ partition ~ ' = ' ~ bucket ~ ')'
            ) -%}
        {%- endfor -%}
        {%- do run_query('drop table ' ~ next_rows) -%}
    {%- endif -%}
{%- endmacro %}

{% macro table_of(schema, name) -%}
    {{ return(api.Relation.create(schema=schema, identifier=name, type='table')) }}
{%- endmacro %}

{% macro first_column(query) -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}

{# What `dbt build` made in `marts_next` becomes part of the marts in use, and what the next run has
   to know of each person is kept: `dbt run-operation publish_marts`, with the variables of the build.
   `leadger run` publishes on the engines it runs on, in a transaction. #}
{% macro publish_marts() -%}
    {{ return(adapter.dispatch('publish_marts', 'leadger')()) }}
{%- endmacro %}

{% macro default__publish_marts() -%}
    {{ exceptions.raise_compiler_error("Here `leadger run` publishes the marts.") }}
{%- endmacro %}

{% macro spark__publish_marts() -%}
    {%- do run_query('create schema if not exists marts') -%}
    {%- do run_query('create schema if not exists control') -%}
    {%- set people = table_of('intermediate', 'int_touched_leads') -%}
    {%- set touched = [] if is_everybody_touched() else first_column(
        'select distinct ' ~ lead_bucket() ~ ' from ('
        ~ 'select lead_id from ' ~ people ~ ' union all select cast(null as string)) as touched'
    ) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.schema == var('marts_schema') -%}
        {%- set built = table_of(node.schema, node.name) -%}
        {%- set published = table_of('marts', node.name) -%}
        {%- set way = node.config.meta.published -%}
        {%- if way == 'appended' -%}
            {%- do append_rows(published, built, 'audit_id') -%}
        {%- elif way == 'by_lead' -%}
            {%- do publish_by_lead(published, built, people, touched) -%}
        {%- else -%}
            {%- do run_query('drop table if exists ' ~ published) -%}
            {%- do run_query('create table ' ~ published ~ ' as select * from ' ~ built) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['lead_upkeep', 'contact_people'] -%}
        {%- do publish_by_lead(
            table_of('control', name), table_of('intermediate', 'int_' ~ name), people, touched
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{# Rows are only ever added, none of them twice. #}
{% macro append_rows(published, built, number) -%}
    {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='name') | join(', ') -%}
    {%- if not load_relation(published) -%}
        {%- do run_query('create table ' ~ published ~ ' as select * from ' ~ built ~ ' where false') -%}
    {%- endif -%}
    {%- do run_query(
        'insert into ' ~ published ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ built
        ~ ' where ' ~ number ~ ' > (select coalesce(max(' ~ number ~ '), 0) from ' ~ published ~ ')'
    ) -%}
{%- endmacro %}

{# The rows of the people recomputed are replaced, and those about nobody; without partitions touched,
   everybody's. #}
{% macro publish_by_lead(published, built, people, touched) -%}
    {%- if not touched -%}
        {%- do make_partitioned(published, 'select * from ' ~ built, 'lead_bucket', lead_bucket()) -%}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='name') | join(', ') -%}
        {%- set rows -%}
            select {{ columns }}, lead_bucket from {{ published }}
            where
                lead_bucket in ({{ touched | join(', ') }})
                and lead_id is not null
                and lead_id not in (select people.lead_id from {{ people }} as people)
            union all
            select {{ columns }}, {{ lead_bucket() }} as lead_bucket from {{ built }}
            where lead_id is null or lead_id in (select people.lead_id from {{ people }} as people)
        {%- endset -%}
        {%- do overwrite_partitions(published, rows, 'lead_bucket', touched) -%}
    {%- endif -%}
{%- endmacro %}
