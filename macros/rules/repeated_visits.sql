{# Repeated visits of pages of one group: a visit qualifies when the second visit before it is at
   most 7 days older; the first qualifying visit of each UTC week posts the signal. #}
{% macro is_repeated_visit(visited_at, second_before_at) -%}
    coalesce({{ visited_at }} <= {{ days_after(second_before_at, 7) }}, false)
{%- endmacro %}

{# The derived signals: one per page group. #}
{% macro repeated_visit_signals() -%}
    {{ return([
        {'page_group': 'strategic', 'signal': 'repeated_strategic_visits', 'category': 'interest'},
        {'page_group': 'careers', 'signal': 'repeated_careers_visits', 'category': 'negative'},
    ]) }}
{%- endmacro %}
