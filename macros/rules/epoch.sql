{# A reset sends a lead back: sales recycles it, or its deal turns to lost and no other is open
   or won. What was credited, answered or validated before no longer counts. #}
{% macro is_reset_by_verdict(verdict) -%}
    coalesce({{ verdict }} = 'recycled', false)
{%- endmacro %}

{# A later edit of a lost deal is no new reset. #}
{% macro is_turned_lost(status, previous_status) -%}
    ({{ status }} = 'lost' and {{ previous_status }} is distinct from 'lost')
{%- endmacro %}
