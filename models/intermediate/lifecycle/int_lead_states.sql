{#- One row per lead and instant at which anything may turn: the stage, its path, and all they
    were judged by. -#}
with conditions as (

    select * from {{ ref('int_lead_conditions') }}

),

latches as (

    select * from {{ ref('int_lead_latches') }}

),

failed_checklists as (

    select * from {{ ref('int_failed_checklists') }}

),

judged as (

    select
        conditions.*,
        latches.is_mql,
        latches.mql_path,
        latches.is_sql,
        latches.sql_rule,
        latches.sql_since,
        latches.next_instant,
        {{ opt_out_of_code('conditions.opt_out') }} as opt_out_kind,
        {{ disqualified_path('conditions.disqualifications > 0', 'conditions.icp_grade') }}
            as disqualified_path,
        {{ is_icp_validated('conditions.icp_grade') }} as is_icp_validated,
        {{ is_checklist_failed(
            'failed_checklists.ticked', 'conditions.checklist_min',
            'conditions.intent_signals - failed_checklists.intent_signals'
        ) }} as is_checklist_failed
    from latches
    inner join conditions on latches.lead_id = conditions.lead_id and latches.instant = conditions.instant
    left join failed_checklists
        on
            conditions.lead_id = failed_checklists.lead_id
            and conditions.epoch = failed_checklists.epoch
            and {{ holds_at(
                'conditions.instant', 'failed_checklists.qualified_at', 'failed_checklists.superseded_at'
            ) }}

),

taken_on as (

    select
        *,
        {{ prospect_path(
            'is_sql', 'acceptances', 'last_meeting_held_at', 'sql_since', 'open_deals',
            'deal_suffices', 'live_bookings', 'is_icp_validated'
        ) }} as prospect_path
    from judged

),

staged as (

    select
        *,
        {{ stage(
            'won_deals', 'opt_out_kind', 'disqualified_path', 'prospect_path', 'is_sql',
            'is_checklist_failed', 'is_mql', 'epoch', is_lead('is_identified', 'interests_shown')
        ) }} as stage
    from taken_on

),

called as (

    select
        *,
        {{ stage_path(
            'stage', 'opt_out_kind', 'disqualified_path', 'prospect_path', 'sql_rule',
            'is_checklist_failed', 'mql_path'
        ) }} as stage_path,
        coalesce(stage = 'prospect', false)
        and {{ is_call_recommended('prospect_path', 'answered_calls') }} as is_call_recommended
    from staged

),

final as (

    select
        lead_id, instant, definition_version, epoch,
        stage, stage_path, is_call_recommended,
        engagement_score, fit_score, score, score_before, icp_grade, is_icp_validated,
        box_icp_fit, box_need, box_budget, box_authority, box_timing, box_engagement, boxes_ticked,
        is_mql and won_deals = 0 and opt_out_kind is null and disqualified_path is null as is_mql_episode,
        mql_path, is_sql, sql_rule, prospect_path, is_checklist_failed,
        opt_out_kind, disqualified_path, open_deals, acceptances,
        {{ temperature(
            'stage', 'is_call_recommended',
            temperature_of_lead('engagement_heat', 'recent_hand_raises'),
            temperature_of_prospect(
                'recent_proposals', 'recent_meetings_held', 'recent_pricing_talks', 'recent_two_way'
            )
        ) }} as temperature,
        next_instant
    from called

)

select * from final
