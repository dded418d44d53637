{# The stages of the funnel in order. #}
{% macro funnel_stages() -%}
    {{ return(['lead', 'mql', 'sql', 'prospect', 'customer']) }}
{%- endmacro %}

{# The spans, in days, in which a cohort is looked at. #}
{% macro cohort_windows() -%}
    {{ return([30, 60, 90]) }}
{%- endmacro %}

{# The reasons of sending back that have a column of their own; all others are one more. #}
{% macro recycle_reasons() -%}
    {{ return(['wrong_contact', 'not_icp', 'no_budget', 'bad_timing', 'no_response', 'not_ready']) }}
{%- endmacro %}
