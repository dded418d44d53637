{#- Whoever something new is about, one row per reason: by what a row names, by what became of the
    contacts, and by what fell due. `happened_at` is when it was so in the business. -#}
{%- if is_everything_new() -%}
with final as (

    select lead_id, 'everything' as reason, 12 as weight, cast(null as timestamp) as happened_at
    from {{ ref('int_lead_aliases') }}

)
{%- else -%}
with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

owners as (

    select * from {{ ref('int_email_owners') }}

),

changed_aliases as (

    select * from {{ ref('int_changed_aliases') }}

),

new_deals as (

    select deal_id, updated_at from {{ ref('stg_generic__deals') }}
    where quarantine_rule is null and {{ is_new(['created_at', 'updated_at']) }}

),

new_words as (

    -- by an address: they are also about those who have left it
    select email, 'consent' as reason, 6 as weight, occurred_at from {{ ref('stg_generic__consents') }}
    where
        quarantine_rule is null and email is not null and {{ is_closing_word('kind') }}
        and {{ is_new(['occurred_at']) }}
    union all
    select events.email, 'event', 5, events.occurred_at from {{ ref('stg_generic__events') }} as events
    inner join {{ ref('closing_events') }} as closing on events.event_type = closing.event_type
    where events.quarantine_rule is null and events.email is not null and {{ is_new(['occurred_at']) }}

),

new_reps as (

    select rep_id, updated_at from {{ ref('stg_generic__reps') }}
    where quarantine_rule is null and {{ is_new(['updated_at']) }}

),

concerned as (

    select contact_id, {{ as_text('null') }} as email, 'contact' as reason, 2 as weight, updated_at as happened_at
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null and {{ is_new(['created_at', 'updated_at']) }}
    union all
    select deals.contact_id, null, 'deal', 3, new_deals.updated_at
    from {{ ref('stg_generic__deals') }} as deals
    inner join new_deals on deals.deal_id = new_deals.deal_id
    union all
    select links.contact_id, null, 'deal', 3, new_deals.updated_at
    from {{ ref('stg_generic__deal_contacts') }} as links
    inner join new_deals on links.deal_id = new_deals.deal_id
    union all
    select contact_id, null, 'deal', 3, updated_at from {{ ref('stg_generic__deal_contacts') }}
    where quarantine_rule is null and {{ is_new(['updated_at']) }}
    union all
    select contact_id, null, 'activity', 4, occurred_at from {{ ref('stg_generic__sales_activities') }}
    where quarantine_rule is null and {{ is_new(['occurred_at']) }}
    union all
    select contact_id, email, 'event', 5, occurred_at from {{ ref('stg_generic__events') }}
    where quarantine_rule is null and {{ is_new(['occurred_at']) }}
    union all
    select contact_id, email, 'consent', 6, occurred_at from {{ ref('stg_generic__consents') }}
    where quarantine_rule is null and {{ is_new(['occurred_at']) }}
    union all
    select versions.contact_id, null, new_words.reason, new_words.weight, new_words.occurred_at
    from {{ ref('int_contact_versions') }} as versions
    inner join new_words on {{ email_address('versions.email') }} = new_words.email
    union all
    select contact_id, null, 'company', 7, {{ beginning_of_time() }} from {{ ref('int_new_company_contacts') }}
    union all
    select versions.contact_id, null, 'owner', 8, new_reps.updated_at
    from {{ ref('int_contact_versions') }} as versions
    inner join new_reps on versions.owner_id = new_reps.rep_id
    union all
    select versions.contact_id, null, 'address', 9, {{ beginning_of_time() }}
    from {{ ref('int_contact_versions') }} as versions
    inner join {{ ref('int_contested_emails') }} as emails on versions.email = emails.email
    union all
    select contact_id, email, 'cookie', 10, {{ beginning_of_time() }} from {{ ref('int_contested_cookies') }}

),

disagreements as (

    select lead_id, evidence, found_at from {{ ref('int_crm_disagreements') }}

),

disagreements_in_use as (

    select lead_id, evidence, found_at from {{ in_use('marts', 'audit_findings') }}
    where finding = 'crm_disagrees'

),

changed_disagreements as (

    select coalesce(disagreements.lead_id, disagreements_in_use.lead_id) as lead_id
    from disagreements
    full outer join disagreements_in_use
        on
            disagreements.lead_id = disagreements_in_use.lead_id
            and disagreements.evidence = disagreements_in_use.evidence
            and disagreements.found_at = disagreements_in_use.found_at
    where disagreements.lead_id is null or disagreements_in_use.lead_id is null

),

final as (

    select lead_id, 'identity' as reason, 1 as weight, {{ beginning_of_time() }} as happened_at
    from changed_aliases
    union all
    select previous_lead_id, 'identity', 1, {{ beginning_of_time() }} from changed_aliases
    union all
    select
        coalesce(aliases.lead_id, owners.lead_id),
        concerned.reason,
        concerned.weight,
        concerned.happened_at
    from concerned
    left join aliases on concerned.contact_id = aliases.contact_id
    left join owners on concerned.email = owners.email
    union all
    select lead_id, 'due', 11, due_at from {{ in_use('control', 'lead_upkeep') }}
    where due_at <= {{ as_of() }}
    union all
    select lead_id, 'crm', 13, cast(null as timestamp) from changed_disagreements
    {% if is_everybody_touched() %}
    union all
    select lead_id, 'everything', 12, cast(null as timestamp) from aliases
    {% endif %}

)
{%- endif %}

select * from final
where lead_id is not null
