{#- What RevOps should look at: one branch per finding, each with its evidence: names and
    values, in no language. -#}
with activities as (

    select * from {{ ref('int_activities') }}

),

states as (

    select * from {{ ref('int_lead_states') }}

),

ever_sql as (

    select distinct lead_id from states
    where is_sql

),

findings as (

    -- handed over on a rep's word alone
    select
        'verdict_without_evidence' as finding, 'high' as severity, activities.lead_id,
        activities.occurred_at as found_at, 'activity=' || activities.activity_id as evidence
    from activities
    inner join states
        on
            activities.lead_id = states.lead_id
            and activities.occurred_at >= states.instant
            and activities.occurred_at < coalesce(states.next_instant, {{ end_of_time() }})
    where activities.verdict = 'qualified' and (not states.is_sql or states.sql_rule = 'qualified_verdict')
    union all
    -- a deal opened before anybody validated anything
    select
        'prospect_without_evidence', 'high', lead_id, valid_from, 'path=' || path
    from {{ ref('int_lead_stays') }}
    where stage = 'prospect' and path = 'deal_unvalidated'
    union all
    select
        'won_without_sql', 'medium', stays.lead_id, stays.valid_from, 'path=' || stays.path
    from {{ ref('int_lead_stays') }} as stays
    left join ever_sql on stays.lead_id = ever_sql.lead_id
    where stays.stage = 'customer' and ever_sql.lead_id is null
    union all
    -- five boxes without the one that matters
    select
        'checklist_without_need', 'medium', states.lead_id, states.instant, 'boxes=' || states.boxes_ticked
    from states
    inner join {{ ref('int_lead_stays') }} as stays
        on states.lead_id = stays.lead_id and states.instant = stays.valid_from
    where stays.stage = 'sql' and stays.path = 'checklist' and not coalesce(states.box_need, false)
    union all
    select
        verdict || '_without_reason', 'low', lead_id, occurred_at, 'activity=' || activity_id
    from activities
    where verdict in ('recycled', 'disqualified') and reason is null
    union all
    select 'merge_cycle', 'medium', lead_id, identified_at, 'contact=' || lead_id
    from {{ ref('int_people') }}
    where is_merge_cycle and not is_internal
    union all
    select
        'merge_target_unknown', 'low', aliases.lead_id, aliases.created_at,
        'contact=' || aliases.contact_id || ', merged_into=' || aliases.named_merge_target
    from {{ ref('int_lead_aliases') }} as aliases
    inner join {{ ref('int_people') }} as people on aliases.lead_id = people.lead_id
    where
        not people.is_internal
        and aliases.merged_into_contact_id is null
        and aliases.named_merge_target <> aliases.contact_id
    union all
    select
        'mql_expired_untouched', 'high', lead_id, left_at, 'mql_number=' || {{ as_text('mql_number') }}
    from {{ ref('int_untouched_episodes') }}
    union all
    select
        'cold_prospect_pressed', 'medium', lead_id, occurred_at,
        'activity=' || activity_id || ', touches_in_30_days=' || {{ as_text('touches') }}
    from {{ ref('int_pressed_prospects') }}
    union all
    select
        'deal_without_person', 'medium', {{ as_text('null') }}, deals.occurred_at, 'deal=' || deals.deal_id
    from {{ ref('int_deals_without_person') }} as deals
    union all
    select 'crm_disagrees', 'low', lead_id, found_at, evidence
    from {{ ref('int_crm_disagreements') }}
    where {{ is_touched('lead_id') }}

),

final as (

    select
        md5(
            finding || '|' || coalesce(lead_id, '') || '|' || evidence || '|' || {{ iso_instant('found_at') }}
        ) as finding_id,
        finding,
        severity,
        lead_id,
        evidence,
        found_at
    from findings

)

select * from final
