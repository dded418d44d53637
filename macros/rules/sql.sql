{# An SQL is sales' word: a salesperson validated need, authority and timing; or the need, on a
   very engaged lead; or enough boxes of the checklist are ticked. Answers the person declared
   tick boxes, but only sales' own answers count for the first two. #}
{% macro is_sql_by_score_and_need(is_very_engaged, box_need, needs_confirmed_by_sales) -%}
    ({{ is_very_engaged }} and {{ box_need }} is true and {{ needs_confirmed_by_sales }} > 0)
{%- endmacro %}

{% macro is_very_engaged(score, sql_score_above) -%}
    ({{ score }} > {{ sql_score_above }})
{%- endmacro %}

{% macro is_sql_by_need_authority_timing(need, authority, timing) -%}
    ({{ need }} is true and {{ authority }} is true and {{ timing }} is true)
{%- endmacro %}

{% macro is_sql_by_checklist(boxes_ticked, has_required_boxes, checklist_min) -%}
    ({{ boxes_ticked }} >= {{ checklist_min }} and {{ has_required_boxes }})
{%- endmacro %}

{# A rep's verdict "qualified" without answers makes an SQL only where the definition says so. #}
{% macro is_sql_by_verdict(qualified_verdicts, verdict_suffices) -%}
    ({{ qualified_verdicts }} > 0 and {{ verdict_suffices }})
{%- endmacro %}
