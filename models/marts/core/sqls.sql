with stays as (

    select * from {{ ref('int_lead_stays') }}
    where stage = 'sql'

),

acceptances as (

    select lead_id, epoch, min(occurred_at) as accepted_at
    from {{ ref('int_epoch_activities') }}
    where verdict = 'accepted'
    group by lead_id, epoch

),

states as (

    select * from {{ ref('int_lead_states') }}

),

final as (

    select
        stays.lead_id,
        cast(
            row_number() over (partition by stays.lead_id order by stays.valid_from) as bigint
        ) as sql_number,
        stays.path as rule,
        stays.next_stage as left_to,
        stays.definition_version,
        profiles.owner_id as rep_id,
        stays.score_at_entry,
        states.boxes_ticked,
        states.box_icp_fit,
        states.box_need,
        states.box_budget,
        states.box_authority,
        states.box_timing,
        states.box_engagement,
        stays.valid_from as entered_at,
        stays.valid_to as left_at,
        acceptances.accepted_at
    from stays
    inner join states on stays.lead_id = states.lead_id and stays.valid_from = states.instant
    left join acceptances on stays.lead_id = acceptances.lead_id and stays.epoch = acceptances.epoch
    left join {{ ref('int_lead_profiles') }} as profiles on stays.lead_id = profiles.lead_id

)

select * from final
