{# What became of an obligation, as judged at an instant: met when it stopped in time; void when before
   that, and before it was due, the person was customer, opted out or disqualified; breached when it is
   late or past due; at risk when most of its time is used. #}
{% macro sla_status(stopped_at, void_at, at_risk_at, due_at, judged_at) -%}
    case
        when {{ stopped_at }} <= {{ due_at }} and coalesce({{ stopped_at }} <= {{ void_at }}, true) then 'met'
        when {{ void_at }} < {{ due_at }} then 'void'
        when {{ stopped_at }} is not null or {{ judged_at }} >= {{ due_at }} then 'breached'
        when {{ judged_at }} >= {{ at_risk_at }} then 'at_risk'
        else 'open'
    end
{%- endmacro %}

{# The part of its time by which an obligation is at risk, in whole microseconds. #}
{% macro sla_risky_micros(allowed_micros, at_risk_percent) -%}
    cast(ceil({{ allowed_micros }} * {{ at_risk_percent }} / 100.0) as bigint)
{%- endmacro %}

{# Nobody can owe anything to somebody not known yet. #}
{% macro sla_started_at(signal_at, identified_at) -%}
    greatest({{ signal_at }}, {{ identified_at }})
{%- endmacro %}

{# Whether a touch answers an obligation: the first one since it began; to follow up on a prospect who
   turned hot, the next, since what made them hot may be a touch itself. #}
{% macro answers_obligation(obligation, touched_at, started_at) -%}
    (
        {{ touched_at }} > {{ started_at }}
        or ({{ touched_at }} = {{ started_at }} and {{ obligation }} <> 'hot_prospect_followup')
    )
{%- endmacro %}

{# A clock no longer runs once it stopped, or was void before that. #}
{% macro sla_ended_at(stopped_at, void_at, judged_at) -%}
    least(coalesce({{ stopped_at }}, {{ judged_at }}), coalesce({{ void_at }}, {{ judged_at }}), {{ judged_at }})
{%- endmacro %}

{# A person of whom nobody owes anything any more. #}
{% macro is_beyond_obligations(stage) -%}
    ({{ stage }} in ('customer', 'opted_out', 'disqualified'))
{%- endmacro %}

{# Enough attempts, on enough channels; what a machine sent is none. #}
{% macro are_attempts_enough(attempts, channels, min_attempts, min_channels) -%}
    ({{ attempts }} >= {{ min_attempts }} and {{ channels }} >= {{ min_channels }})
{%- endmacro %}

{# A verdict that ends the wait for one; sending somebody back needs a reason. #}
{% macro is_reasoned_verdict(verdict, reason) -%}
    ({{ verdict }} = 'qualified' or ({{ verdict }} in ('recycled', 'disqualified') and {{ reason }} is not null))
{%- endmacro %}

{# An answer to an SQL handed over: taken on, or sent back with a reason. #}
{% macro is_reasoned_answer(verdict, reason) -%}
    ({{ verdict }} = 'accepted' or ({{ verdict }} in ('recycled', 'disqualified') and {{ reason }} is not null))
{%- endmacro %}
