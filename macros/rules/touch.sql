{# A touch is something a rep did to reach the person; what a machine sent is none. #}
{% macro is_human_touch(direction, activity_type, is_automated) -%}
    (
        {{ direction }} = 'outbound'
        and {{ activity_type }} in ('call', 'email', 'linkedin', 'meeting')
        and not {{ is_automated }}
    )
{%- endmacro %}
