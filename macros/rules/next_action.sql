{# The stage whose rows of the playbook hold: for whoever may not be contacted, those of somebody who
   opted out. #}
{% macro playbook_stage(stage, is_contactable) -%}
    case when {{ is_contactable }} then {{ stage }} else 'opted_out' end
{%- endmacro %}

{# Whether an action may be done by its channel; one without a channel reaches nobody, so it may. #}
{% macro is_open_for_action(
    channel, has_email, is_email_contactable, is_phone_contactable, is_post_contactable
) -%}
    (
        {{ channel }} is null
        or ({{ channel }} = 'email' and {{ has_email }} and {{ is_email_contactable }})
        or ({{ channel }} = 'phone' and {{ is_phone_contactable }})
        or ({{ channel }} = 'postal' and {{ is_post_contactable }})
    )
{%- endmacro %}
