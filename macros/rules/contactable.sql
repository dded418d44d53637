{# Whether anything that starts an action may reach the person: no opt-out in force, a legal basis
   on record, and a sign of life from the person (or its collection) in the last three years. #}
{% macro is_contactable(is_opted_out, legal_basis, last_sign_of_life_at, judged_at) -%}
    (
        not {{ is_opted_out }}
        and {{ legal_basis }} is not null
        and {{ judged_at }} < {{ silent_too_long_at(last_sign_of_life_at) }}
    )
{%- endmacro %}

{# When silence has lasted for three years. #}
{% macro silent_too_long_at(last_sign_of_life_at) -%}
    ({{ last_sign_of_life_at }} + interval '3' year)
{%- endmacro %}
