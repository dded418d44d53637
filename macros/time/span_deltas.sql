{# What holds during half-open spans, as changes to add up: +1 where a span begins, -1 where it
   ends. An end after `as_of` is kept: it says when the lead has to be looked at again. `spans` is a
   relation with `valid_from` and `valid_to`; `columns` are kept. #}
{% macro span_deltas(spans, columns) -%}
    select {{ columns }}, valid_from as instant, 1 as delta
    from {{ spans }}
    where valid_from < valid_to and valid_from <= {{ as_of() }}
    union all
    select {{ columns }}, valid_to as instant, -1 as delta
    from {{ spans }}
    where valid_from < valid_to and valid_from <= {{ as_of() }} and valid_to < {{ end_of_time() }}
{%- endmacro %}

{# Where a span that counts within an epoch ends in that epoch. What lasts to the epoch's end or
   longer needs no end of its own: the next epoch starts from zero. #}
{% macro end_in_epoch(valid_to, epoch_ends_at) -%}
    case when {{ valid_to }} < {{ epoch_ends_at }} then {{ valid_to }} else {{ end_of_time() }} end
{%- endmacro %}
