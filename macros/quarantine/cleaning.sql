{# How text is read everywhere: trimmed, and empty is null. #}
{% macro clean_text(column) -%}
    nullif({{ trimmed(column) }}, '')
{%- endmacro %}

{# An address, lower-cased; of an erased person, the hash that stands for it. #}
{% macro clean_email() -%}
    coalesce({{ lower_case(clean_text('email')) }}, _erased_email)
{%- endmacro %}

{# Labels such as statuses and kinds, whatever their case. #}
{% macro clean_label(column) -%}
    {{ lower_case(clean_text(column)) }}
{%- endmacro %}

{# Codes such as countries and currencies, whatever their case. #}
{% macro clean_code(column) -%}
    {{ upper_case(clean_text(column)) }}
{%- endmacro %}

{# Only what had landed by `known_at`; everything when it is not given. #}
{% macro had_landed() -%}
    {%- if var('known_at') -%} _loaded_at <= cast('{{ var("known_at") }}' as timestamp)
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Later landings come later in this order. #}
{% macro landing_order(direction='asc') -%}
    _loaded_at {{ direction }}, _batch {{ direction }}, _row {{ direction }}
{%- endmacro %}

{# Which raw rows a run has to judge (again): all of them, or, where staging is brought up to date,
   the new ones, older ones with the same key, and those that were waiting for their contact or
   deal. Deciding by key keeps all rows of a key together, whatever order they land in. #}
{% macro is_concerned(table, key, is_readmitted=false) -%}
    {%- if is_incremental() -%}
    {%- set staged_batch = '(select coalesce(max(_batch), 0) from ' ~ this ~ ')' -%}
    (
        _batch > {{ staged_batch }}
        or {{ clean_text(key) }} in (
            select {{ clean_text(key) }} from {{ source('raw', table) }}
            where _batch > {{ staged_batch }}
            {%- if is_readmitted %}
            union all
            select {{ key }} from {{ this }}
            where quarantine_rule in ('unknown_contact', 'unknown_deal')
            {%- endif %}
        )
    )
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}
