{# Stages in which sales owes a person an action. #}
{% macro is_handed_over(stage) -%}
    ({{ stage }} in ('mql', 'sql', 'prospect'))
{%- endmacro %}

{# Whoever was handed over and may be reached: as a person, and by a channel a rep has. #}
{% macro is_on_handoff_list(stage, is_contactable, is_email_contactable, is_phone_contactable) -%}
    (
        {{ is_handed_over(stage) }}
        and {{ is_contactable }}
        and ({{ is_email_contactable }} or {{ is_phone_contactable }})
    )
{%- endmacro %}

{# A hand-raise is news for as long as it makes a lead hot. #}
{% macro is_recent_hand_raise(signal_at, judged_at) -%}
    ({{ signal_at }} <= {{ judged_at }} and {{ judged_at }} < {{ days_after(signal_at, 14) }})
{%- endmacro %}

{# Words of sales that are feedback on somebody they were handed. #}
{% macro is_handoff_verdict(verdict) -%}
    ({{ verdict }} in ('qualified', 'accepted', 'recycled', 'disqualified'))
{%- endmacro %}

{# What sales said of somebody they were handed, or that nobody has said, or done, anything. #}
{% macro handoff_verdict(verdict, is_contesting, touches) -%}
    case
        when {{ verdict }} in ('recycled', 'disqualified') and {{ is_contesting }} then 'contested'
        when {{ verdict }} is not null then {{ verdict }}
        when {{ touches }} > 0 then 'in_progress'
        else 'untouched'
    end
{%- endmacro %}
