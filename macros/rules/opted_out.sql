{# Out when the latest word on all channels is an objection, an opt-out or an erasure; a later
   opt-in lifts the first two, an erasure is final. Null while the person may be contacted. #}
{% macro opt_out_in_force(latest_kind, is_erased) -%}
    case
        when {{ is_erased }} then 'erasure'
        when {{ latest_kind }} <> 'opt_in' then {{ latest_kind }}
    end
{%- endmacro %}

{# Opt-outs as numbers, so that a change can be added up like any other. #}
{% macro opt_out_code(opt_out) -%}
    case {{ opt_out }} when 'objection' then 1 when 'opt_out' then 2 when 'erasure' then 3 else 0 end
{%- endmacro %}

{% macro opt_out_of_code(code) -%}
    case {{ code }} when 1 then 'objection' when 2 then 'opt_out' when 3 then 'erasure' end
{%- endmacro %}
