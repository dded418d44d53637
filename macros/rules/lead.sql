{# A lead is an identified person who has shown measurable interest: at least one interest or
   intent signal. Before that a person is only a contact. #}
{% macro is_lead(is_identified, interest_signals) -%}
    ({{ is_identified }} and {{ interest_signals }} > 0)
{%- endmacro %}
