{#- Every entry of the MQL latch while the person is not customer, opted out or disqualified,
    whatever stage shows. -#}
with states as (

    select
        *,
        lag(is_mql_episode, 1, false) over (partition by lead_id order by instant) as was_mql_episode
    from {{ ref('int_lead_states') }}

),

turns as (

    select
        *,
        lead(instant) over (partition by lead_id order by instant) as left_at,
        lead(stage) over (partition by lead_id order by instant) as left_to
    from states
    where is_mql_episode <> was_mql_episode

),

final as (

    select
        turns.lead_id,
        row_number() over (partition by turns.lead_id order by turns.instant) as mql_number,
        turns.mql_path as path,
        turns.instant as entered_at,
        turns.left_at,
        turns.left_to,
        turns.score as score_at_entry,
        turns.icp_grade as icp_grade_at_entry,
        sizes.company_size_band,
        turns.definition_version
    from turns
    left join {{ ref('int_lead_sizes') }} as sizes
        on
            turns.lead_id = sizes.lead_id
            and {{ holds_at('turns.instant', 'sizes.valid_from', 'sizes.valid_to') }}
    where turns.is_mql_episode

)

select * from final
