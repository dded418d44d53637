{# The six boxes: is it our target; is there a real need; can they buy, and when. Each is true,
   false or unknown; unknown is not yes. #}
{% macro box_icp_fit(grade) -%}
    case when {{ grade }} <> 'U' then {{ is_icp_validated(grade) }} end
{%- endmacro %}

{# Boxes 2 to 5 are the latest answer: 1 confirmed, 2 denied, 0 none. #}
{% macro box_answered(answer) -%}
    case {{ answer }} when 1 then true when 2 then false end
{%- endmacro %}

{# Box 6: an unexpired intent signal, or two different interest or intent signals in 30 days. #}
{% macro box_engagement(unexpired_intents, is_repeatedly_interested) -%}
    ({{ unexpired_intents }} > 0 or {{ is_repeatedly_interested }})
{%- endmacro %}

{% macro is_repeatedly_interested(signal_names_in_30_days) -%}
    ({{ signal_names_in_30_days }} >= 2)
{%- endmacro %}

{% macro boxes_ticked(boxes) -%}
    ({% for box in boxes %}case when {{ box }} then 1 else 0 end{{ ' + ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Whether every box the definition asks for by name is among the ticked ones. `boxes` maps the
   names used in `checklist_requires` to the boxes. #}
{% macro has_required_boxes(checklist_requires, boxes) -%}
    ({%- for name, box in boxes.items() %}
        ({{ checklist_requires }} is null or {{ box }} is true
            or not {{ equals_any("'" ~ name ~ "'", checklist_requires) }}){{ ' and ' if not loop.last }}
    {%- endfor %})
{%- endmacro %}

{# A checklist that failed keeps the lead in nurturing until a new intent signal comes. #}
{% macro is_checklist_failed(ticked, checklist_min, intents_since) -%}
    coalesce({{ ticked }} < {{ checklist_min }} and {{ intents_since }} = 0, false)
{%- endmacro %}

{# The six boxes in order as one word: y yes, n no, ? unknown. #}
{% macro boxes_as_text(boxes) -%}
    {% for box in boxes -%}
        case {{ box }} when true then 'y' when false then 'n' else '?' end{{ ' || ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
