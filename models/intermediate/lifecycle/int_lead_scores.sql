{#- Where the score stands after each instant, and on which side of every threshold it is. The rules
    look at nothing else of it, so only the instants at which something turns go on from here. -#}
with instants as (

    select
        *,
        sum(epoch) over (partition by lead_id order by instant) as epoch_number
    from {{ ref('int_lead_instants') }}
    where instant <= {{ as_of() }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

balances as (

    select
        lead_id,
        instant,
        has_other_facts or fit <> 0 or grade <> 0 as has_facts,
        cast(epoch_number as integer) as epoch,
        sum(identified) over (partition by lead_id order by instant) > 0 as is_identified,
        cast(sum(fit) over (partition by lead_id order by instant) as integer) as fit_score,
        cast(sum(grade) over (partition by lead_id order by instant) as integer) as grade,
        cast(sum(engagement) over (
            partition by lead_id, epoch_number order by instant
        ) as integer) as engagement
    from instants

),

scored as (

    -- signals from before identification count from that instant on
    select
        balances.*,
        versions.definition_version,
        {{ points_within_axis('balances.engagement', 'versions.engagement_max') }} as engagement_limited,
        {{ grade_of_code('balances.grade') }} as icp_grade,
        versions.mql_score_above,
        versions.mql_min_fit,
        versions.mql_exit_below,
        versions.sql_score_above,
        versions.warm_engagement_from,
        versions.hot_engagement_from
    from balances
    inner join versions on {{ holds_at('balances.instant', 'versions.valid_from', 'versions.valid_to') }}

),

summed as (

    select
        *,
        case when is_identified then engagement_limited else 0 end as engagement_score,
        case when is_identified then engagement_limited else 0 end + fit_score as score
    from scored

),

judged as (

    select
        *,
        {{ is_mql_by_score('score', 'fit_score', 'icp_grade', 'mql_score_above', 'mql_min_fit') }}
            as is_mql_by_score,
        {{ is_below_mql_exit('score', 'mql_exit_below') }} as is_below_mql_exit,
        {{ is_very_engaged('score', 'sql_score_above') }} as is_very_engaged,
        {{ engagement_heat('engagement_score', 'hot_engagement_from', 'warm_engagement_from') }}
            as engagement_heat
    from summed

),

compared as (

    select
        *,
        lag(case when is_identified then score end) over (
            partition by lead_id order by instant
        ) as score_before,
        lag(engagement_limited, 1, 0) over (partition by lead_id order by instant) as engagement_before,
        lag(is_mql_by_score) over (partition by lead_id order by instant) as was_mql_by_score,
        lag(is_below_mql_exit) over (partition by lead_id order by instant) as was_below_mql_exit,
        lag(is_very_engaged) over (partition by lead_id order by instant) as was_very_engaged,
        lag(engagement_heat) over (partition by lead_id order by instant) as heat_before,
        lead(instant) over (partition by lead_id order by instant) is null as is_last
    from judged

),

final as (

    select
        -- which lead, when, by which definition
        lead_id, instant, definition_version, epoch, is_identified,

        -- the score
        engagement_limited - engagement_before as engagement_delta,
        engagement_score, fit_score, score, score_before, icp_grade,

        -- on which side of the thresholds
        is_mql_by_score, is_below_mql_exit, is_very_engaged, engagement_heat,

        -- whether anything that a rule looks at turns
        has_facts
        or is_last
        or is_mql_by_score is distinct from was_mql_by_score
        or is_below_mql_exit is distinct from was_below_mql_exit
        or is_very_engaged is distinct from was_very_engaged
        or engagement_heat is distinct from heat_before as is_turn
    from compared

)

select * from final
