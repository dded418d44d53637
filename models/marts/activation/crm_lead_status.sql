with aliases as (

    select * from {{ ref('int_lead_aliases') }}
    where not is_deleted

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

leads as (

    select * from {{ ref('leads') }}

),

changes as (

    select
        *,
        row_number() over (partition by lead_id order by changed_at desc) as recency
    from {{ ref('lead_stage_changes') }}

),

obligations as (

    select lead_id, due_at as sla_due_at from {{ ref('int_next_obligations') }}

),

histories as (

    select * from {{ ref('int_engagement_histories') }}

),

final as (

    select
        -- ids
        aliases.contact_id as crm_contact_id,
        aliases.lead_id,
        changes.change_id as last_change_id,

        -- what to say
        leads.stage,
        leads.temperature,
        leads.icp_grade,
        leads.next_action,
        leads.definition_version,
        changes.explanation_en as last_change_explanation_en,
        changes.explanation_fr as last_change_explanation_fr,
        case when leads.lead_id is not null then histories.engagement_history end as engagement_history,
        case when leads.lead_id is not null then histories.last_contents end as last_contents,
        case when leads.lead_id is not null then histories.score_signals end as score_signals,

        -- numbers
        leads.score,
        leads.boxes_ticked,

        -- booleans
        leads.is_call_recommended,
        not contactability.is_contactable as do_not_contact,
        {{ is_closed_for_crm('contactability.is_email_contactable', 'contactability.is_contactable') }}
            as do_not_email,
        {{ is_closed_for_crm('contactability.is_phone_contactable', 'contactability.is_contactable') }}
            as do_not_phone,
        {{ is_closed_for_crm('contactability.is_post_contactable', 'contactability.is_contactable') }}
            as do_not_post,

        -- instants
        leads.stage_since,
        obligations.sla_due_at
    from aliases
    inner join contactability on aliases.lead_id = contactability.lead_id
    left join leads on aliases.lead_id = leads.lead_id
    left join changes on aliases.lead_id = changes.lead_id and changes.recency = 1
    left join histories on aliases.lead_id = histories.lead_id
    left join obligations on aliases.lead_id = obligations.lead_id
    -- whoever closed a channel without ever having had a stage is told, too, and what became of it
    where leads.lead_id is not null or contactability.has_ever_closed

)

select * from final
