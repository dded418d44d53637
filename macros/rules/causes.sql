{# Which kinds of facts can turn which stage's rule. A reset turns everything an epoch holds; a signal
   makes a prospect only by way of an SQL. #}
{% macro can_turn(cause, flipped_rule, path, is_at_reset) -%}
    case
        when {{ cause }} in ('definition', 'identified') then true
        when {{ is_at_reset }} and {{ flipped_rule }} in ('prospect', 'sql', 'nurturing', 'mql')
            then {{ cause }} in ('recycled', 'deal_lost')
        when {{ flipped_rule }} = 'customer' then {{ cause }} in ('deal_won', 'deal_open', 'deal_lost', 'deal_left')
        when {{ flipped_rule }} = 'opted_out'
            then {{ cause }} in ('objection', 'opt_out', 'opt_in', 'erasure')
        when {{ flipped_rule }} = 'disqualified' then {{ cause }} in ('disqualified', 'reopened', 'fit')
        when {{ flipped_rule }} = 'prospect'
            then
                {{ cause }} in (
                    'accepted', 'qualified', 'answers', 'fit', 'booking_lapsed',
                    'deal_won', 'deal_open', 'deal_lost', 'deal_left'
                )
                or {{ cause }} like 'meeting_%'
                or ({{ cause }} like 'signal:%' and {{ path }} in ('accepted', 'meeting', 'deal'))
        when {{ flipped_rule }} = 'sql'
            then {{ cause }} in ('answers', 'qualified', 'fit') or {{ cause }} like 'signal:%'
        when {{ flipped_rule }} = 'nurturing'
            then {{ cause }} in ('answers', 'recycled', 'deal_lost') or {{ cause }} like 'signal:%'
        when {{ flipped_rule }} = 'mql'
            then
                {{ cause }} = 'fit' or {{ cause }} like 'signal:%'
                or {{ cause }} like 'decay:%' or {{ cause }} like 'expiry:%'
        else {{ cause }} like 'signal:%'
    end
{%- endmacro %}
