{# What leads get lost by. #}

{# Of what is still owed (obligation.sql): nobody has done it, and it was due. #}
{% macro is_past_due(status) -%}
    ({{ status }} = 'breached')
{%- endmacro %}

{# Somebody sales or marketing has validated: nobody works them unless it is somebody's job. #}
{% macro is_validated(stage, is_icp_validated) -%}
    ({{ stage }} in ('sql', 'prospect') or ({{ stage }} = 'mql' and {{ is_icp_validated }}))
{%- endmacro %}

{# When a prospect counts as stale: so many days after the last word, from either side. #}
{% macro stale_at(last_word_at, stale_prospect_days) -%}
    {{ days_after(last_word_at, stale_prospect_days) }}
{%- endmacro %}

{# The channel a rep's activity uses, as a person objects to it; null for one nobody objects to apart. #}
{% macro channel_of_touch(activity_type) -%}
    case {{ activity_type }} when 'call' then 'phone' when 'email' then 'email' else 'all' end
{%- endmacro %}
