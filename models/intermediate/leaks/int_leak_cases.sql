{#- Every person or deal that is slipping away at `as_of`: one branch per leak, since when, and where
    to look. -#}
{%- set clocks = {
    'hand_raise_unanswered': 'hand_raise_response',
    'hot_prospect_forgotten': 'hot_prospect_followup',
    'mql_untouched': 'mql_first_contact',
    'sql_unanswered': 'sql_acceptance',
} -%}

with states as (

    select lead_id, stage, is_icp_validated from {{ ref('int_lead_states') }}
    where next_instant is null

),

stays as (

    select lead_id, valid_from from {{ ref('int_lead_stays') }}
    where valid_to is null

),

profiles as (

    select lead_id, owner_id from {{ ref('int_lead_profiles') }}

),

open_deals as (

    select * from {{ ref('int_deal_outcomes') }}
    where status = 'open'

),

cases as (

    {% for leak, obligation in clocks.items() %}
    select
        '{{ leak }}' as leak, lead_id, {{ as_text('null') }} as deal_id,
        min(due_at) as leaked_at, 'due since, obligations: ' || {{ as_text('count(*)') }} as evidence
    from {{ ref('int_owed_clocks') }}
    where obligation = '{{ obligation }}' and {{ is_past_due('status') }}
    group by lead_id
    union all
    {% endfor %}
    select
        'objector_contacted', lead_id, null, contacted_at,
        'contacts after the objection: ' || {{ as_text('contacts') }}
    from {{ ref('int_contacted_objectors') }}
    union all
    select 'qualified_without_owner', states.lead_id, null, stays.valid_from, 'stage ' || states.stage
    from states
    inner join stays on states.lead_id = stays.lead_id
    inner join profiles on states.lead_id = profiles.lead_id
    where profiles.owner_id is null and {{ is_validated('states.stage', 'states.is_icp_validated') }}
    union all
    select 'deal_without_owner', lead_id, deal_id, opened_at, 'deal ' || deal_id from open_deals
    where owner_id is null
    union all
    select 'deal_without_person', lead_id, deal_id, opened_at, 'deal ' || deal_id from open_deals
    where lead_id is null
    union all
    select 'prospect_stale', lead_id, null, stale_at, 'last word ' || {{ iso_instant('last_word_at') }}
    from {{ ref('int_stale_prospects') }}
    where stale_at <= {{ as_of() }}

),

values_at_stake as (

    select lead_id, sum(reported_amount) as deal_value from open_deals
    where lead_id is not null
    group by lead_id

),

final as (

    select
        md5(cases.leak || '|' || coalesce(cases.lead_id, '') || '|' || coalesce(cases.deal_id, ''))
            as case_id,
        cases.leak,
        cases.lead_id,
        cases.deal_id,
        profiles.owner_id,
        cases.evidence,
        cast(
            case
                when cases.deal_id is null then values_at_stake.deal_value
                else open_deals.reported_amount
            end as decimal(18, 2)
        ) as deal_value,
        cases.leaked_at
    from cases
    left join profiles on cases.lead_id = profiles.lead_id
    left join values_at_stake on cases.lead_id = values_at_stake.lead_id
    left join open_deals on cases.deal_id = open_deals.deal_id

)

select * from final
