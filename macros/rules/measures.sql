{# What is known of a lead at an instant, as numbers that are added up. #}

{# What moves the score and the frame it is judged in. #}
{% macro score_measures() -%}
    {{ return(['identified', 'epoch', 'fit', 'grade', 'engagement']) }}
{%- endmacro %}

{% macro is_score_measure(measure) -%}
    ({{ measure }} in ('{{ score_measures() | join("', '") }}'))
{%- endmacro %}

{# What runs through the person's whole life. #}
{% macro lifelong_measures() -%}
    {{ return([
        'interests_shown', 'intent_signals', 'unexpired_intents', 'repeated_interest',
        'recent_hand_raises', 'disqualifications', 'open_deals', 'won_deals', 'opt_out',
        'recent_proposals', 'recent_pricing_talks', 'recent_meetings_held', 'recent_two_way',
    ]) }}
{%- endmacro %}

{# What starts from zero in every epoch. #}
{% macro epoch_measures() -%}
    {{ return([
        'hand_raises', 'need', 'budget', 'authority', 'timing', 'sales_need', 'sales_authority',
        'sales_timing', 'needs_confirmed_by_sales', 'acceptances', 'qualified_verdicts',
        'answered_calls', 'meetings_held', 'live_bookings',
    ]) }}
{%- endmacro %}
