{# What holds during half-open spans, as changes to add up: +1 where a span begins, -1 where it
   ends, up to `as_of`. `spans` is a relation with `valid_from` and `valid_to`; `columns` are kept. #}
{% macro span_deltas(spans, columns) -%}
    select {{ columns }}, valid_from as instant, 1 as delta
    from {{ spans }}
    where valid_from < valid_to and valid_from <= {{ as_of() }}
    union all
    select {{ columns }}, valid_to as instant, -1 as delta
    from {{ spans }}
    where valid_from < valid_to and valid_to <= {{ as_of() }}
{%- endmacro %}
