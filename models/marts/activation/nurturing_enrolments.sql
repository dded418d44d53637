with enrolments as (

    select * from {{ ref('int_nurturing_enrolments') }}

),

contactability as (

    select * from {{ ref('int_contactability') }}

),

profiles as (

    select * from {{ ref('int_lead_profiles') }}

),

final as (

    select
        -- ids
        enrolments.lead_id,
        enrolments.track,
        enrolments.track || '.' || {{ written_language('profiles.language') }} as template_id,

        -- why
        enrolments.reason,
        enrolments.content_title,

        -- instants
        enrolments.enrolled_at,
        enrolments.next_try_at,
        enrolments.try_until_at,
        enrolments.left_at
    from enrolments
    inner join profiles on enrolments.lead_id = profiles.lead_id
    inner join contactability on enrolments.lead_id = contactability.lead_id
    -- nobody without a right to be written to
    where contactability.is_email_contactable

)

select * from final
