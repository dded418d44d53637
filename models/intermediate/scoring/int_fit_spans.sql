with attributes as (

    select * from {{ ref('int_icp_attributes') }}

),

matches as (

    select * from {{ ref('int_icp_matches') }}

),

matched as (

    select
        attributes.lead_id,
        matches.score_group,
        matches.points,
        matches.is_exclusion,
        false as is_known,
        greatest(attributes.valid_from, matches.valid_from) as valid_from,
        least(attributes.valid_to, matches.valid_to) as valid_to
    from attributes
    inner join matches
        on
            attributes.entity = matches.entity
            and attributes.attribute = matches.attribute
            and attributes.value = matches.value

),

known as (

    -- without any of these the fit is unknown, not bad
    select
        lead_id,
        {{ as_text('null') }} as score_group,
        0 as points,
        false as is_exclusion,
        true as is_known,
        valid_from,
        valid_to
    from attributes
    where attribute in ('job_title', 'industry', 'employee_count')

),

final as (

    select * from matched
    where valid_from < valid_to
    union all
    select * from known

)

select * from final
