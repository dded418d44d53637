{{ config(unique_key='activity_id') }}

with source as (

    select * from {{ source('raw', 'sales_activities') }}
    where {{ had_landed() }} and {{ is_concerned('sales_activities', 'activity_id', is_readmitted=true) }}

),

known_contacts as (

    select contact_id as known_contact_id, min(_batch) as contact_first_batch
    from {{ ref('stg_generic__contacts') }}
    where quarantine_rule is null
    group by contact_id

),

renamed as (

    select
        -- ids
        {{ clean_text('activity_id') }} as activity_id,
        {{ clean_text('contact_id') }} as contact_id,
        {{ clean_text('rep_id') }} as rep_id,

        -- texts
        {{ clean_label('activity_type') }} as activity_type,
        {{ clean_label('direction') }} as direction,
        {{ clean_label('outcome') }} as outcome,
        {{ clean_label('need') }} as need,
        {{ clean_label('budget') }} as budget,
        {{ clean_label('authority') }} as authority,
        {{ clean_label('timing') }} as timing,
        {{ clean_label('verdict') }} as verdict,
        {{ clean_label('reason') }} as reason,

        -- booleans
        coalesce(is_automated, false) as is_automated,

        -- instants
        occurred_at,
        scheduled_at,

        -- landing
        _loaded_at,
        _batch,
        _row
    from source

),

checked as (

    select
        renamed.*,
        known_contacts.contact_first_batch,
        {%- set answers = ['confirmed', 'denied'] %}
        {{ quarantine_rule([
            ['empty_key', is_any_empty(['activity_id', 'contact_id', 'occurred_at', 'activity_type'])],
            ['before_1990', is_any_before_1990(['occurred_at'])],
            ['after_load', is_any_after_load(['occurred_at'])],
            ['unknown_activity_type', is_unknown('activity_type', [
                'call', 'email', 'meeting', 'linkedin', 'qualification', 'questionnaire', 'handoff',
            ])],
            ['unknown_direction', is_unknown('direction', ['outbound', 'inbound'])],
            ['unknown_answer', is_unknown('need', answers) ~ ' or ' ~ is_unknown('budget', answers)
                ~ ' or ' ~ is_unknown('authority', answers) ~ ' or ' ~ is_unknown('timing', answers)],
            ['unknown_verdict', is_unknown('verdict', [
                'qualified', 'recycled', 'disqualified', 'reopened', 'accepted',
            ])],
            ['text_too_long', is_any_too_long(['activity_id', 'rep_id', 'outcome', 'reason'])],
            ['unknown_contact', 'known_contact_id is null'],
        ]) }} as quarantine_rule
    from renamed
    left join known_contacts on renamed.contact_id = known_contacts.known_contact_id

),

judged as (

    select
        *,
        quarantine_rule is null and row_number() over (
            partition by activity_id, quarantine_rule is null
            order by {{ landing_order() }}
        ) > 1 as is_duplicate,
        greatest(_batch, contact_first_batch) as _admitted_batch
    from checked

),

final as (

    -- a duplicate may win over the row that held before: all rows of a key change together
    select
        *,
        max(_admitted_batch) over (
            partition by activity_id, quarantine_rule is null
        ) as _changed_batch
    from judged

)

select * from final
