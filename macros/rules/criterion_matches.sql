{# Whether an attribute's value meets an ICP criterion. Text is compared trimmed and
   case-insensitive; a value that is not known meets nothing. #}
{% macro criterion_matches(operator, wanted, value) -%}
    coalesce(case {{ operator }}
        when '=' then
            {{ lower_case(trimmed(value)) }} = {{ lower_case(trimmed(wanted)) }}
            or {{ number_in(value) }} = {{ number_in(wanted) }}
        when 'in' then {{ equals_any(value, wanted) }}
        when 'contains' then {{ contains_any(value, wanted) }}
        when 'between' then
            {{ number_in(value) }} >= {{ number_in(part_of(wanted, '..', 1)) }}
            and {{ number_in(value) }} <= {{ number_in(part_of(wanted, '..', 2)) }}
        when '>=' then {{ number_in(value) }} >= {{ number_in(wanted) }}
        when '<=' then {{ number_in(value) }} <= {{ number_in(wanted) }}
        when 'is_true' then {{ lower_case(trimmed(value)) }} = 'true'
    end, false)
{%- endmacro %}
