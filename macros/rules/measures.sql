{# What is known of a lead at an instant, as numbers that are added up. Those of the first list run
   through the person's whole life, those of the second start from zero in every epoch. #}
{% macro lifelong_measures() -%}
    {{ return([
        'identified', 'epoch', 'fit', 'grade', 'interest_signals', 'intent_signals',
        'unexpired_intents', 'recent_interests', 'recent_hand_raises', 'disqualifications',
        'open_deals', 'won_deals', 'opt_out', 'recent_proposals', 'recent_pricing_talks',
        'recent_meetings_held', 'recent_two_way',
    ]) }}
{%- endmacro %}

{% macro epoch_measures() -%}
    {{ return([
        'engagement', 'hand_raises', 'need', 'budget', 'authority', 'timing', 'sales_need',
        'sales_authority', 'sales_timing', 'needs_confirmed_by_sales', 'acceptances',
        'qualified_verdicts', 'answered_calls', 'meetings_held', 'live_bookings',
    ]) }}
{%- endmacro %}
