{#- What the rules say at each instant, before any memory of earlier instants. -#}
with balances as (

    select * from {{ ref('int_lead_balances') }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

scored as (

    select
        balances.*,
        versions.definition_version,
        versions.mql_score_above,
        versions.mql_min_fit,
        versions.mql_exit_below,
        versions.sql_score_above,
        versions.checklist_min,
        versions.checklist_requires,
        versions.verdict_suffices,
        versions.deal_suffices,
        versions.warm_engagement_from,
        versions.hot_engagement_from,
        {{ points_within_axis('balances.engagement', 'versions.engagement_max') }} as engagement_limited,
        balances.fit as fit_score,
        {{ grade_of_code('balances.grade') }} as icp_grade
    from balances
    inner join versions on {{ holds_at('balances.instant', 'versions.valid_from', 'versions.valid_to') }}

),

boxed as (

    -- signals from before identification count from that instant on
    select
        *,
        case when identified > 0 then engagement_limited else 0 end as engagement_score,
        case when identified > 0 then engagement_limited else 0 end + fit_score as score,
        {{ box_icp_fit('icp_grade') }} as box_icp_fit,
        {{ box_answered('need') }} as box_need,
        {{ box_answered('budget') }} as box_budget,
        {{ box_answered('authority') }} as box_authority,
        {{ box_answered('timing') }} as box_timing,
        identified > 0 and {{ box_engagement('unexpired_intents', 'recent_interests') }} as box_engagement
    from scored

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
        {{ is_mql_by_score('score', 'fit_score', 'icp_grade', 'mql_score_above', 'mql_min_fit') }}
            as is_mql_by_score,
        {{ is_mql_by_hand_raise('hand_raises', 'fit_score', 'icp_grade', 'mql_min_fit') }}
            as is_mql_by_hand_raise
    from boxed

),

judged as (

    select
        *,
        case when is_mql_by_score then 'score' when is_mql_by_hand_raise then 'hand_raise' end
            as mql_entry_path,
        {{ is_mql_exit('(is_mql_by_score or is_mql_by_hand_raise)', 'score', 'icp_grade', 'mql_exit_below') }}
            as is_mql_exit,
        case
            when {{ is_sql_by_score_and_need(
                'score', 'box_need', 'needs_confirmed_by_sales', 'sql_score_above'
            ) }} then 'score_and_need'
            when {{ is_sql_by_need_authority_timing(
                box_answered('sales_need'), box_answered('sales_authority'), box_answered('sales_timing')
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
        lead_id, instant, definition_version, epoch, identified,

        -- score and boxes
        engagement_limited, engagement_score, fit_score, score, icp_grade,
        box_icp_fit, box_need, box_budget, box_authority, box_timing, box_engagement, boxes_ticked,

        -- what the latches remember
        mql_entry_path, is_mql_exit, sql_entry_rule,

        -- what the other rules look at
        won_deals, open_deals, opt_out, disqualifications, acceptances, answered_calls, live_bookings,
        last_meeting_held_at, intent_signals, interest_signals, recent_hand_raises, recent_proposals,
        recent_meetings_held, recent_pricing_talks, recent_two_way,
        checklist_min, deal_suffices, warm_engagement_from, hot_engagement_from
    from judged

)

select * from final
