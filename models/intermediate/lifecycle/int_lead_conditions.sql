{#- What the rules say at each instant at which something turns, before any memory of earlier ones. -#}
{%- set answers = [
    'need', 'budget', 'authority', 'timing', 'sales_need', 'sales_authority', 'sales_timing',
] -%}

with scores as (

    select * from {{ ref('int_lead_scores') }}
    where is_turn

),

balances as (

    select * from {{ ref('int_lead_balances') }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

boxed as (

    select
        scores.*,
        {% for measure in lifelong_measures() + epoch_measures() if measure not in answers %}
        balances.{{ measure }},
        {% endfor %}
        balances.last_meeting_held_at,
        versions.mql_min_fit,
        versions.checklist_min,
        versions.checklist_requires,
        versions.verdict_suffices,
        versions.deal_suffices,
        {{ box_icp_fit('scores.icp_grade') }} as box_icp_fit,
        {% for answer in answers %}
        {{ box_answered('balances.' ~ answer) }} as box_{{ answer }},
        {% endfor %}
        scores.is_identified
        and {{ box_engagement('balances.unexpired_intents', 'balances.repeated_interest > 0') }}
            as box_engagement
    from scores
    inner join balances on scores.lead_id = balances.lead_id and scores.instant = balances.instant
    inner join versions on scores.definition_version = versions.definition_version

),

ticked as (

    select
        *,
        {{ boxes_ticked([
            'box_icp_fit', 'box_need', 'box_budget', 'box_authority', 'box_timing', 'box_engagement',
        ]) }} as boxes_ticked,
        {{ has_required_boxes('checklist_requires', {
            'icp_fit': 'box_icp_fit', 'need': 'box_need', 'budget': 'box_budget',
            'authority': 'box_authority', 'timing': 'box_timing', 'engagement': 'box_engagement',
        }) }} as has_required_boxes,
        {{ is_mql_by_hand_raise('hand_raises', 'fit_score', 'icp_grade', 'mql_min_fit') }}
            as is_mql_by_hand_raise
    from boxed

),

judged as (

    select
        *,
        case when is_mql_by_score then 'score' when is_mql_by_hand_raise then 'hand_raise' end
            as mql_entry_path,
        {{ is_mql_exit('(is_mql_by_score or is_mql_by_hand_raise)', 'is_below_mql_exit', 'icp_grade') }}
            as is_mql_exit,
        case
            when {{ is_sql_by_score_and_need('is_very_engaged', 'box_need', 'needs_confirmed_by_sales') }}
                then 'score_and_need'
            when {{ is_sql_by_need_authority_timing(
                'box_sales_need', 'box_sales_authority', 'box_sales_timing'
            ) }} then 'need_authority_timing'
            when {{ is_sql_by_checklist('boxes_ticked', 'has_required_boxes', 'checklist_min') }}
                then 'checklist'
            when {{ is_sql_by_verdict('qualified_verdicts', 'verdict_suffices') }} then 'qualified_verdict'
        end as sql_entry_rule
    from ticked

),

final as (

    select
        -- which lead, when, by which definition
        lead_id, instant, definition_version, epoch, is_identified,

        -- score and boxes
        engagement_score, fit_score, score, score_before, icp_grade, engagement_heat,
        box_icp_fit, box_need, box_budget, box_authority, box_timing, box_engagement, boxes_ticked,

        -- what the latches remember
        mql_entry_path, is_mql_exit, sql_entry_rule,

        -- what the other rules look at
        won_deals, open_deals, opt_out, disqualifications, acceptances, answered_calls, live_bookings,
        last_meeting_held_at, intent_signals, interests_shown, recent_hand_raises, recent_proposals,
        recent_meetings_held, recent_pricing_talks, recent_two_way, checklist_min, deal_suffices
    from judged

)

select * from final
