{#- Owner, segment and policy in force when each clock started: later edits change no past breach. -#}
with starts as (

    select * from {{ ref('int_sla_starts') }}

),

reps as (

    -- before a record's first version its first version holds
    select
        rep_id,
        manager_id,
        case
            when row_number() over (partition by rep_id order by updated_at) = 1
                then {{ beginning_of_time() }}
            else updated_at
        end as valid_from
    from {{ ref('stg_reps') }}

),

owned as (

    select starts.clock_id, attributes.value as owner_id
    from starts
    inner join {{ ref('int_contact_attributes') }} as attributes
        on
            starts.lead_id = attributes.lead_id
            and attributes.attribute = 'owner_id'
            and {{ holds_at('starts.started_at', 'attributes.valid_from', 'attributes.valid_to') }}

),

sized as (

    select starts.clock_id, sizes.company_size_band
    from starts
    inner join {{ ref('int_lead_sizes') }} as sizes
        on
            starts.lead_id = sizes.lead_id
            and {{ holds_at('starts.started_at', 'sizes.valid_from', 'sizes.valid_to') }}

),

managed as (

    select
        owned.clock_id,
        reps.manager_id,
        row_number() over (
            partition by owned.clock_id order by reps.valid_from desc
        ) as place
    from owned
    inner join starts on owned.clock_id = starts.clock_id
    inner join reps on owned.owner_id = reps.rep_id and starts.started_at >= reps.valid_from

),

agreed as (

    -- the policy of the segment, else the one for all
    select
        starts.clock_id,
        policies.segment,
        policies.allowed_micros,
        policies.min_attempts,
        policies.min_channels,
        policies.owed_by,
        policies.escalate_to,
        policies.definition_version,
        policies.sla_at_risk_percent,
        row_number() over (
            partition by starts.clock_id order by case when policies.segment = '*' then 1 else 0 end
        ) as place
    from starts
    left join sized on starts.clock_id = sized.clock_id
    inner join {{ ref('int_sla_policies') }} as policies
        on
            starts.obligation = policies.obligation
            and {{ holds_at('starts.started_at', 'policies.valid_from', 'policies.valid_to') }}
            and (policies.segment = '*' or sized.company_size_band = policies.segment)

),

final as (

    select
        starts.clock_id,
        starts.lead_id,
        starts.obligation,
        starts.started_at,
        agreed.segment,
        agreed.allowed_micros,
        agreed.min_attempts,
        agreed.min_channels,
        agreed.owed_by,
        agreed.escalate_to,
        agreed.definition_version,
        agreed.sla_at_risk_percent,
        owned.owner_id,
        managed.manager_id
    from starts
    inner join agreed on starts.clock_id = agreed.clock_id and agreed.place = 1
    left join owned on starts.clock_id = owned.clock_id
    left join managed on starts.clock_id = managed.clock_id and managed.place = 1

)

select * from final
