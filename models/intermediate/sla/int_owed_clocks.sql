{#- The running clocks of what is still to be done, as each person stands now. -#}
with clocks as (

    select *, {{ occasion_of('obligation') }} as occasion from {{ ref('int_sla_clocks') }}
    where stopped_at is null

),

states as (

    select lead_id, epoch, stage, temperature, is_call_recommended, is_mql_episode
    from {{ ref('int_lead_states') }}
    where next_instant is null

),

last_occasions as (

    select lead_id, obligation as occasion, max(started_at) as started_at
    from {{ ref('int_sla_starts') }}
    group by lead_id, obligation

),

raised as (

    select distinct
        signals.lead_id,
        'hand_raise_response' as occasion,
        {{ sla_started_at('signals.signal_at', 'people.identified_at') }} as started_at
    from {{ ref('int_signals') }} as signals
    inner join {{ ref('int_people') }} as people on signals.lead_id = people.lead_id
    inner join states on signals.lead_id = states.lead_id and signals.epoch = states.epoch
    where signals.is_hand_raise and not signals.is_reset

),

judged as (

    select
        clocks.*,
        states.stage,
        states.temperature,
        states.is_call_recommended,
        {{ is_about_now(
            'clocks.obligation', '(raised.lead_id is not null)', 'states.is_mql_episode',
            'clocks.started_at', 'last_occasions.started_at'
        ) }} as is_about_now
    from clocks
    inner join states on clocks.lead_id = states.lead_id
    left join last_occasions
        on clocks.lead_id = last_occasions.lead_id and clocks.occasion = last_occasions.occasion
    left join raised
        on
            clocks.lead_id = raised.lead_id
            and clocks.occasion = raised.occasion
            and clocks.started_at = raised.started_at

),

final as (

    select clock_id, lead_id, obligation, status, started_at, due_at from judged
    where {{ is_obligation_owed(
        'obligation', 'is_about_now', 'stage', 'temperature', 'is_call_recommended'
    ) }}

)

select * from final
