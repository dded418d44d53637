{#- Owner, segment and policy in force when each clock started: later edits change no past breach. -#}
with starts as (

    select * from {{ ref('int_sla_starts') }}

),

companies as (

    select * from {{ ref('int_lead_companies') }}

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

    select starts.clock_id, bands.band as size_band
    from starts
    inner join companies
        on
            starts.lead_id = companies.lead_id
            and {{ holds_at('starts.started_at', 'companies.valid_from', 'companies.valid_to') }}
    inner join {{ ref('int_company_attributes') }} as attributes
        on
            companies.company_id = attributes.company_id
            and attributes.attribute = 'employee_count'
            and {{ holds_at('starts.started_at', 'attributes.valid_from', 'attributes.valid_to') }}
    inner join {{ ref('kpi_bands') }} as bands
        on
            bands.band_type = 'company_size'
            and {{ is_in_band(number_in('attributes.value'), 'bands.low', 'bands.high') }}

),

managed as (

    select
        owned.clock_id,
        reps.manager_id,
        row_number() over (
            partition by owned.clock_id
            order by case when reps.updated_at <= starts.started_at then 0 else 1 end, reps.updated_at desc
        ) as place
    from owned
    inner join starts on owned.clock_id = starts.clock_id
    inner join {{ ref('stg_reps') }} as reps on owned.owner_id = reps.rep_id

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
        row_number() over (
            partition by starts.clock_id order by case when policies.segment = '*' then 1 else 0 end
        ) as place
    from starts
    left join sized on starts.clock_id = sized.clock_id
    inner join {{ ref('int_sla_policies') }} as policies
        on
            starts.obligation = policies.obligation
            and {{ holds_at('starts.started_at', 'policies.valid_from', 'policies.valid_to') }}
            and (policies.segment = '*' or sized.size_band = policies.segment)

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
        owned.owner_id,
        managed.manager_id
    from starts
    inner join agreed on starts.clock_id = agreed.clock_id and agreed.place = 1
    left join owned on starts.clock_id = owned.clock_id
    left join managed on starts.clock_id = managed.clock_id and managed.place = 1

)

select * from final
