{# Why the log says something now. What happened since the last run is new. A word about the past is
   changed by an erasure, by a definition from the instant on at which it differs, by late data
   about the person, or else by the code. #}
{% macro audit_reason(
    statement, changed_at, is_erased, is_late, judged_until, definitions_changed_from, is_code_changed
) -%}
    case
        when {{ statement }} = 'asserted' and {{ changed_at }} > {{ judged_until }} then 'new'
        when {{ is_erased }} then 'erasure'
        when {{ changed_at }} >= {{ definitions_changed_from }} then 'definition_changed'
        when {{ is_code_changed }} and not {{ is_late }} then 'code_changed'
        else 'late_data'
    end
{%- endmacro %}
