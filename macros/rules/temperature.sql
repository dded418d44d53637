{# How warm a lead is: hot with much engagement or a hand-raise of the last 14 days. #}
{% macro temperature_of_lead(engagement_heat, recent_hand_raises) -%}
    case when {{ recent_hand_raises }} > 0 then 'hot' else {{ engagement_heat }} end
{%- endmacro %}

{% macro engagement_heat(engagement_score, hot_from, warm_from) -%}
    case
        when {{ engagement_score }} >= {{ hot_from }} then 'hot'
        when {{ engagement_score }} >= {{ warm_from }} then 'warm'
        else 'cold'
    end
{%- endmacro %}

{# How warm a prospect is, by the last 30 days: hot when a proposal was requested, or a meeting
   was held and pricing was discussed; warm with a two-way interaction. #}
{% macro temperature_of_prospect(proposals, meetings_held, pricing_talks, two_way_contacts) -%}
    case
        when {{ proposals }} > 0 or ({{ meetings_held }} > 0 and {{ pricing_talks }} > 0) then 'hot'
        when {{ two_way_contacts }} > 0 then 'warm'
        else 'cold'
    end
{%- endmacro %}

{# A prospect without a call keeps a lead's temperature until that call. #}
{% macro temperature(stage, is_call_recommended, of_lead, of_prospect) -%}
    case when {{ stage }} = 'prospect' and not {{ is_call_recommended }} then {{ of_prospect }} else {{ of_lead }} end
{%- endmacro %}
