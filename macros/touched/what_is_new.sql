{# What changed since the marts in use were built. `leadger run` says up to which loader batch
   (`built_batch`) and which instant (`built_as_of`) they reach; without them everything is new. #}

{# While dbt only reads the project, both answers are no, so that it sees all that may be read. #}
{% macro is_everything_new() -%}
    {{ return(execute and not var('built_as_of')) }}
{%- endmacro %}

{# Whether there is an earlier run whose people may have changed: in a first build nobody has to be
   looked for. #}
{% macro is_update() -%}
    {{ 'false' if is_everything_new() else 'true' }}
{%- endmacro %}

{# Everybody is recomputed, whether anything changed for them or not. #}
{% macro is_everybody_touched() -%}
    {{ return(is_everything_new() or (execute and var('recompute_everybody'))) }}
{%- endmacro %}

{% macro built_as_of() -%}
    {{ since('built_as_of') }}
{%- endmacro %}

{# The instant a variable holds; without one, all of history comes after it. #}
{% macro since(variable) -%}
    {%- if var(variable) -%} cast('{{ var(variable) }}' as timestamp)
    {%- else -%} {{ beginning_of_time() }}
    {%- endif -%}
{%- endmacro %}

{# The instant a variable holds; without one, nothing comes after it. #}
{% macro from_then_on(variable) -%}
    {%- if var(variable) -%} cast('{{ var(variable) }}' as timestamp)
    {%- else -%} {{ end_of_time() }}
    {%- endif -%}
{%- endmacro %}

{# A staged row that landed, or was taken back in, since then; or whose time has come since then. #}
{% macro is_new(instants) -%}
    (
        _changed_batch > {{ var('built_batch') }}
        {%- for instant in instants %}
        or ({{ instant }} > {{ built_as_of() }} and {{ instant }} <= {{ as_of() }})
        {%- endfor %}
    )
{%- endmacro %}

{# Whether a person is recomputed in this run. #}
{% macro is_touched(lead_id) -%}
    {%- if is_everybody_touched() -%} true
    {%- else -%} {{ lead_id }} in (select touched.lead_id from {{ ref('int_touched_leads') }} as touched)
    {%- endif -%}
{%- endmacro %}

{# A table as the last run left it, for all people. #}
{% macro in_use(schema, table) -%}
    {{ api.Relation.create(database=this.database, schema=schema, identifier=table) }}
{%- endmacro %}

{# The people recomputed in this run, and all others as an earlier run left them. #}
{% macro with_untouched(model, schema, table, columns) -%}
    select lead_id, {{ columns | join(', ') }} from {{ ref(model) }}
    {%- if not is_everybody_touched() %}
    union all
    select lead_id, {{ columns | join(', ') }} from {{ in_use(schema, table) }}
    where lead_id not in (select touched.lead_id from {{ ref('int_touched_leads') }} as touched)
    {%- endif %}
{%- endmacro %}
