{# Whether a person may be reached by a channel, and if not, why: the first reason that applies. #}
{% macro consent_status(opt_out, is_bounced, legal_basis, last_sign_of_life_at, judged_at) -%}
    case
        when {{ opt_out }} = 'erasure' then 'erased'
        when {{ opt_out }} = 'objection' then 'objected'
        when {{ opt_out }} = 'opt_out' then 'opted_out'
        when {{ is_bounced }} then 'bounced'
        when {{ legal_basis }} is null then 'no_legal_basis'
        when {{ judged_at }} >= {{ silent_too_long_at(last_sign_of_life_at) }} then 'silent_too_long'
        else 'contactable'
    end
{%- endmacro %}

{# The gate that lists, enrolments and whatever else starts an action have to pass. #}
{% macro is_contactable(status) -%}
    ({{ status }} = 'contactable')
{%- endmacro %}

{# A CRM is told that a channel is closed wherever nothing may start an action by it. #}
{% macro is_closed_for_crm(is_channel_contactable, is_contactable) -%}
    (not ({{ is_channel_contactable }} and {{ is_contactable }}))
{%- endmacro %}

{# Words that close a channel. #}
{% macro is_closing_word(kind) -%}
    ({{ kind }} in ('objection', 'opt_out', 'erasure'))
{%- endmacro %}

{# A word by an address is that of everybody who had it by then: whoever left it may be who spoke. #}
{% macro is_word_of_holder(had_from, said_at) -%}
    ({{ had_from }} <= {{ said_at }})
{%- endmacro %}

{# A bounce is about a mailbox, not about a person: another address opens the channel again. #}
{% macro is_bounce_in_force(bounced_address, current_address) -%}
    ({{ bounced_address }} = {{ current_address }})
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
