{# What every figure is shown by, `all` beside them: the columns of the models that are summed up. #}
{% macro segment_types() -%}
    {{ return([
        'lever', 'lead_source', 'industry', 'company_size_band', 'country', 'deal_size_band',
        'cycle_length_band', 'source_agency', 'business_type',
    ]) }}
{%- endmacro %}

{# Staff of an account that has bought before are expansion, everybody else is new. #}
{% macro business_type(instant, account_won_at) -%}
    case when {{ account_won_at }} < {{ instant }} then 'expansion' else 'new' end
{%- endmacro %}

{# From its lower bound until, not including, its upper one; an empty one is open. #}
{% macro is_in_band(value, low, high) -%}
    ({{ value }} >= {{ low }} and ({{ high }} is null or {{ value }} < {{ high }}))
{%- endmacro %}

{# How segments are written: in any case and space the same; what is not known is `unknown`. #}
{% macro segment_of(text, otherwise='unknown') -%}
    coalesce(lower(nullif(trim({{ text }}), '')), '{{ otherwise }}')
{%- endmacro %}

{# Rows summed up by segment and other keys, for each type of segment and for all. Each figure is
   computed from the rows themselves, never from another figure. #}
{% macro by_every_segment(relation, keys, figures, types=none) -%}
    {%- for type in ['all'] + (segment_types() if types is none else types) %}
    {%- set segment = "'all'" if type == 'all' else type %}
    select
        '{{ type }}' as segment_type,
        {{ segment }} as segment,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {%- for name, expression in figures.items() %}
        {{ expression }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {% if type != 'all' %}{{ type }}, {% endif %}{{ keys | join(', ') }}
    {{- ' union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# How many rows a condition holds for. #}
{% macro counted(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as bigint)
{%- endmacro %}
