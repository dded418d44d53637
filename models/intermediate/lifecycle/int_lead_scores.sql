{#- Where the score stands after each instant, and on which side of every threshold it is. The rules
    look at nothing else of it, so only the instants at which something turns go on from here.
    What was before an instant is what is after it, less what moved. -#}
with moves as (

    select
        *,
        {% for measure in score_measures() %}
        cast(
            sum({{ measure }}) over (partition by lead_id order by instant) as integer
        ) as {{ measure }}_total,
        {% endfor %}
        lead(instant) over (partition by lead_id order by instant) as next_instant
    from {{ ref('int_lead_instants') }}
    where instant <= {{ as_of() }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

balances as (

    select
        moves.lead_id,
        moves.instant,
        moves.has_other_facts,
        moves.next_instant,
        moves.engagement as engagement_posted,
        moves.epoch_total as epoch,
        moves.identified_total > 0 as is_identified,
        moves.identified_total > moves.identified as is_identified_before,
        moves.fit_total as fit_score,
        moves.fit_total - moves.fit as fit_score_before,
        {{ grade_of_code('moves.grade_total') }} as icp_grade,
        {{ grade_of_code('moves.grade_total - moves.grade') }} as icp_grade_before,
        {{ points_within_axis('moves.engagement_total', 'versions.engagement_max') }} as engagement,
        {{ points_within_axis(
            'moves.engagement_total - moves.engagement',
            'case when moves.instant = versions.valid_from then versions.engagement_max_before'
            ~ ' else versions.engagement_max end'
        ) }} as engagement_before,
        versions.definition_version,
        versions.mql_score_above,
        versions.mql_min_fit,
        versions.mql_exit_below,
        versions.sql_score_above,
        versions.warm_engagement_from,
        versions.hot_engagement_from
    from moves
    inner join versions on {{ holds_at('moves.instant', 'versions.valid_from', 'versions.valid_to') }}

),

scored as (

    -- signals from before identification count from that instant on
    select
        *,
        case when is_identified then engagement else 0 end as engagement_score,
        case when is_identified then engagement else 0 end + fit_score as score,
        case when is_identified_before then engagement_before else 0 end as engagement_score_before,
        case when is_identified_before then engagement_before else 0 end + fit_score_before as score_before
    from balances

),

judged as (

    select
        *,
        {{ is_mql_by_score('score', 'fit_score', 'icp_grade', 'mql_score_above', 'mql_min_fit') }}
            as is_mql_by_score,
        {{ is_mql_by_score(
            'score_before', 'fit_score_before', 'icp_grade_before', 'mql_score_above', 'mql_min_fit'
        ) }} as is_mql_by_score_before,
        {{ is_below_mql_exit('score', 'mql_exit_below') }} as is_below_mql_exit,
        {{ is_below_mql_exit('score_before', 'mql_exit_below') }} as is_below_mql_exit_before,
        {{ is_very_engaged('score', 'sql_score_above') }} as is_very_engaged,
        {{ is_very_engaged('score_before', 'sql_score_above') }} as is_very_engaged_before,
        {{ engagement_heat('engagement_score', 'hot_engagement_from', 'warm_engagement_from') }}
            as engagement_heat,
        {{ engagement_heat('engagement_score_before', 'hot_engagement_from', 'warm_engagement_from') }}
            as engagement_heat_before
    from scored

),

final as (

    select
        -- which lead, when, by which definition
        lead_id, instant, definition_version, epoch, is_identified,

        -- the score
        engagement, engagement - engagement_before as engagement_delta, engagement_posted,
        engagement_score, fit_score, score,
        case when is_identified_before then score_before end as score_before,
        icp_grade,

        -- on which side of the thresholds
        is_mql_by_score, is_below_mql_exit, is_very_engaged, engagement_heat,

        -- whether anything that a rule looks at turns
        has_other_facts
        or next_instant is null
        or (is_identified and (fit_score <> fit_score_before or icp_grade <> icp_grade_before))
        or is_mql_by_score <> is_mql_by_score_before
        or is_below_mql_exit <> is_below_mql_exit_before
        or is_very_engaged <> is_very_engaged_before
        or engagement_heat <> engagement_heat_before as is_turn
    from judged

)

select * from final
