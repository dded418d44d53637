{# A lead is an identified person who has shown measurable interest: at least one interest or
   intent signal. Before that a person is only a contact. #}
{% macro is_lead(is_identified, interest_signals) -%}
    ({{ is_identified }} and {{ interest_signals }} > 0)
{%- endmacro %}

{# Since when: from the first such signal on, once the person is identified. #}
{% macro became_lead_at(first_interest_at, identified_at) -%}
    case when {{ first_interest_at }} is not null then greatest({{ first_interest_at }}, {{ identified_at }}) end
{%- endmacro %}
