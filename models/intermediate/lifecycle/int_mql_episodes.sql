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
        lead_id,
        row_number() over (partition by lead_id order by instant) as mql_number,
        mql_path as path,
        instant as entered_at,
        left_at,
        left_to,
        score as score_at_entry,
        icp_grade as icp_grade_at_entry,
        definition_version
    from turns
    where is_mql_episode

)

select * from final
