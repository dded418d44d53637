{%- set columns = [
    'owner_id', 'owner_name', 'team', 'email', 'first_name', 'last_name', 'job_title',
    'company_name', 'stage', 'icp_grade', 'temperature', 'sla_obligation', 'sla_status',
    'engagement_history', 'engagement_history_en', 'engagement_history_fr', 'last_contents',
    'last_content_1', 'last_content_2', 'last_content_3', 'next_action_en', 'next_action_fr',
    'score', 'boxes_ticked', 'is_owner_active', 'has_hand_raise', 'is_email_contactable', 'is_phone_contactable',
    'is_call_recommended', 'sla_due_at',
] -%}

with leads as (

    -- a rank is one among all of a rep's leads, recomputed in this run or not
    {{ with_untouched('int_handoff_leads', 'marts', 'weekly_handoff', columns) }}

),

weeks as (

    select * from {{ ref('int_handoff_week') }}

),

final as (

    select
        {% for column in columns %}
        leads.{{ column }},
        {% endfor %}
        leads.lead_id,
        weeks.week_start,
        cast(row_number() over (
            partition by leads.owner_id
            order by
                {{ handoff_priority('leads.sla_status', 'leads.has_hand_raise', 'leads.temperature') }},
                leads.score desc, leads.lead_id
        ) as bigint) as priority_rank
    from leads
    cross join weeks

)

select * from final
