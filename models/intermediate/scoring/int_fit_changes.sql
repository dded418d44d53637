with spans as (

    select * from {{ ref('int_fit_spans') }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

instants as (

    select lead_id, {{ beginning_of_time() }} as instant from {{ ref('int_people') }}
    union
    select lead_id, valid_from as instant from spans
    union
    select lead_id, valid_to as instant from spans
    union
    select people.lead_id, versions.valid_from as instant
    from {{ ref('int_people') }} as people
    cross join versions

),

grouped as (

    select
        instants.lead_id,
        instants.instant,
        spans.score_group,
        max(spans.points) as points,
        max(case when spans.is_exclusion then 1 else 0 end) as is_excluded,
        max(case when spans.is_known then 1 else 0 end) as is_known
    from instants
    left join spans
        on
            instants.lead_id = spans.lead_id
            and {{ holds_at('instants.instant', 'spans.valid_from', 'spans.valid_to') }}
    where instants.instant <= {{ as_of() }}
    group by instants.lead_id, instants.instant, spans.score_group

),

summed as (

    select
        lead_id,
        instant,
        coalesce(sum(points), 0) as points,
        max(is_excluded) = 1 as is_excluded,
        max(is_known) = 1 as is_known
    from grouped
    group by lead_id, instant

),

judged as (

    select
        summed.*,
        versions.definition_version,
        {{ points_within_axis('summed.points', 'versions.fit_max') }} as fit_score,
        versions.icp_grade_a,
        versions.icp_grade_b,
        versions.icp_grade_c
    from summed
    inner join versions on {{ holds_at('summed.instant', 'versions.valid_from', 'versions.valid_to') }}

),

graded as (

    select
        lead_id,
        instant,
        definition_version,
        points,
        fit_score,
        {{ icp_grade('fit_score', 'is_excluded', 'is_known', 'icp_grade_a', 'icp_grade_b', 'icp_grade_c') }}
            as icp_grade
    from judged

),

compared as (

    select
        *,
        lag(points) over (partition by lead_id order by instant) as points_before,
        lag(fit_score) over (partition by lead_id order by instant) as fit_score_before,
        lag(icp_grade) over (partition by lead_id order by instant) as icp_grade_before
    from graded

),

final as (

    select
        lead_id,
        instant as changed_at,
        definition_version,
        cast(points as integer) as points,
        cast(points - coalesce(points_before, 0) as integer) as points_delta,
        cast(fit_score as integer) as fit_score,
        cast(fit_score - coalesce(fit_score_before, 0) as integer) as fit_score_delta,
        icp_grade,
        {{ grade_code('icp_grade') }} - coalesce({{ grade_code('icp_grade_before') }}, 0) as grade_delta
    from compared
    where
        icp_grade_before is null
        or points <> points_before
        or fit_score <> fit_score_before
        or icp_grade <> icp_grade_before

)

select * from final
