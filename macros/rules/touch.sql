{# A touch is something a rep did to reach the person; what a machine sent is none. #}
{% macro is_human_touch(direction, activity_type, is_automated) -%}
    (
        {{ direction }} = 'outbound'
        and {{ activity_type }} in ('call', 'email', 'linkedin', 'meeting')
        and not {{ is_automated }}
    )
{%- endmacro %}

{# The person answered: both sides were there. #}
{% macro is_two_way_contact(event_type) -%}
    ({{ event_type }} in (
        'call_answered', 'meeting_held', 'email_replied', 'linkedin_replied',
        'email_reply', 'email_reply_positive', 'meeting_pricing_discussed', 'call_pricing_discussed'
    ))
{%- endmacro %}

{# They answered somebody: what a machine sent, or noted, is no contact between people. #}
{% macro is_contact_with_human(event_type, is_automated) -%}
    ({{ is_two_way_contact(event_type) }} and not {{ is_automated }})
{%- endmacro %}

{# A prospect who is cold is left in peace: so many touches in 30 days, and no more. #}
{% macro is_pressed(touches_in_30_days, cold_prospect_max_touches) -%}
    ({{ touches_in_30_days }} > {{ cold_prospect_max_touches }})
{%- endmacro %}
