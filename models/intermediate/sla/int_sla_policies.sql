{#- What is owed by whom within how much business time, by obligation and segment, and when it held. -#}
with policies as (

    select * from {{ ref('sla_policies') }}

),

final as (

    select
        policies.obligation,
        policies.segment,
        cast(policies.business_minutes as bigint) * 60000000 as allowed_micros,
        policies.min_attempts,
        policies.min_channels,
        policies.owed_by,
        policies.escalate_to,
        versions.definition_version,
        versions.sla_at_risk_percent,
        versions.valid_from,
        versions.valid_to
    from policies
    inner join {{ ref('int_definition_versions') }} as versions
        on policies.definition_version = versions.definition_version

)

select * from final
