with seen_values as (

    select distinct entity, attribute, value from {{ ref('int_icp_attributes') }}

),

criteria as (

    select criteria.*, versions.valid_from, versions.valid_to
    from {{ ref('icp_criteria') }} as criteria
    inner join {{ ref('int_definition_versions') }} as versions
        on criteria.definition_version = versions.definition_version

),

final as (

    -- judged once per value, not once per person
    select
        criteria.definition_version,
        criteria.criterion,
        seen_values.entity,
        seen_values.attribute,
        seen_values.value,
        coalesce(criteria.points, 0) as points,
        coalesce(criteria.score_group, criteria.criterion) as score_group,
        coalesce(criteria.is_exclusion, false) as is_exclusion,
        criteria.valid_from,
        criteria.valid_to
    from criteria
    inner join seen_values
        on
            criteria.entity = seen_values.entity
            and criteria.attribute = seen_values.attribute
    where {{ criterion_matches('criteria.operator', 'criteria.value', 'seen_values.value') }}

)

select * from final
