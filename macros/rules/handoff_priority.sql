{# How pressing somebody on a rep's list is, 0 before all others: an obligation overdue before one at risk
   before all others; among equals who asked to be called, then who is hotter. #}
{% macro handoff_priority(sla_status, has_hand_raise, temperature) -%}
    (
        case {{ sla_status }} when 'breached' then 0 when 'at_risk' then 6 else 12 end
        + case when {{ has_hand_raise }} then 0 else 3 end
        + case {{ temperature }} when 'hot' then 0 when 'warm' then 1 else 2 end
    )
{%- endmacro %}
