with signals as (

    select * from {{ ref('int_signals') }}
    where is_hand_raise and signal_at <= {{ as_of() }}

),

people as (

    select * from {{ ref('int_people') }}
    where not is_internal and identified_at <= {{ as_of() }}

),

final as (

    select
        case when signals.is_activity then 'activity:' else 'event:' end || signals.fact_id as hand_raise_id,
        signals.lead_id,
        signals.fact_id as source_fact_id,
        signals.signal,
        signals.definition_version,
        cast(signals.points as integer) as points,
        cast(signals.epoch as integer) as epoch,
        signals.signal_at as raised_at,
        {{ sla_started_at('signals.signal_at', 'people.identified_at') }} as heard_at
    from signals
    inner join people on signals.lead_id = people.lead_id

)

select * from final
