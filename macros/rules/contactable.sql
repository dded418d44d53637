{# Whether a person may be reached by a channel, and if not, why: the first reason that applies. #}
{% macro consent_status(opt_out, legal_basis, last_sign_of_life_at, judged_at) -%}
    case
        when {{ opt_out }} = 'erasure' then 'erased'
        when {{ opt_out }} = 'objection' then 'objected'
        when {{ opt_out }} = 'opt_out' then 'opted_out'
        when {{ legal_basis }} is null then 'no_legal_basis'
        when {{ judged_at }} >= {{ silent_too_long_at(last_sign_of_life_at) }} then 'silent_too_long'
        else 'contactable'
    end
{%- endmacro %}

{# The gate that lists, enrolments and whatever else starts an action have to pass. #}
{% macro is_contactable(status) -%}
    ({{ status }} = 'contactable')
{%- endmacro %}

{# When silence has lasted for three years; without any sign of life they run from the collection. #}
{% macro silent_too_long_at(last_sign_of_life_at) -%}
    ({{ last_sign_of_life_at }} + interval '3' year)
{%- endmacro %}

{# The basis on record, else that of somebody who asked for us, else that of the lead source. #}
{% macro legal_basis(on_record, has_raised_hand, of_lead_source) -%}
    coalesce(
        {{ on_record }},
        case when {{ has_raised_hand }} then 'precontractual' end,
        {{ of_lead_source }}
    )
{%- endmacro %}
