with episodes as (

    select * from {{ ref('int_mql_episodes') }}

),

outcomes as (

    select * from {{ ref('int_mql_outcomes') }}

),

final as (

    select
        episodes.lead_id,
        cast(episodes.mql_number as bigint) as mql_number,
        episodes.path,
        episodes.left_to,
        episodes.icp_grade_at_entry,
        episodes.company_size_band,
        episodes.definition_version,
        coalesce(outcomes.first_touch_rep_id, profiles.owner_id) as rep_id,
        outcomes.verdict,
        outcomes.verdict_reason,
        episodes.score_at_entry,
        episodes.entered_at,
        episodes.left_at,
        outcomes.first_touch_at,
        outcomes.verdict_at
    from episodes
    inner join outcomes
        on episodes.lead_id = outcomes.lead_id and episodes.mql_number = outcomes.mql_number
    left join {{ ref('int_lead_profiles') }} as profiles on episodes.lead_id = profiles.lead_id

)

select * from final
