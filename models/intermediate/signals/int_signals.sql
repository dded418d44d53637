with signals as (

    select lead_id, signal_at, fact_id, is_activity, is_reset, signal, category, is_hand_raise
    from {{ ref('int_catalogued_signals') }}
    union all
    select lead_id, signal_at, fact_id, is_activity, is_reset, signal, category, is_hand_raise
    from {{ ref('int_repeated_visits') }}

),

versions as (

    select * from {{ ref('int_definition_versions') }}

),

rules as (

    select * from {{ ref('scoring_rules') }}

),

limited as (

    -- few signals have a limit per day, in whatever version: only those are counted
    select signal from rules
    where max_per_day is not null

),

numbered as (

    select
        *,
        row_number() over (
            partition by lead_id, signal, cast(signal_at as date) order by signal_at, fact_id, is_activity
        ) as number_in_day
    from signals
    where signal in (select limited.signal from limited)
    union all
    select *, cast(null as bigint) as number_in_day from signals
    where signal not in (select limited.signal from limited)

),

expiries as (

    -- a signal expires at the first step that leaves nothing of it
    select definition_version, decay_profile, min(after_days) as expires_after_days
    from {{ ref('decay_profiles') }}
    where remaining_percent <= 0
    group by definition_version, decay_profile

),

known_signals as (

    select signal from {{ ref('signal_catalogue') }}
    {% for derived in repeated_visit_signals() %}
    union
    select '{{ derived.signal }}' as signal
    {% endfor %}

),

worth as (

    -- what each signal is worth under each version: looked up once per signal, not once per row
    select
        known_signals.signal,
        versions.definition_version,
        versions.valid_from,
        versions.valid_to,
        coalesce(rules.score_group, '') as score_group,
        coalesce(rules.points, 0) as points,
        rules.max_per_day,
        rules.decay_profile,
        expiries.expires_after_days
    from known_signals
    cross join versions
    left join rules
        on
            versions.definition_version = rules.definition_version
            and known_signals.signal = rules.signal
    left join expiries
        on
            rules.definition_version = expiries.definition_version
            and rules.decay_profile = expiries.decay_profile

),

ruled as (

    select
        numbered.*,
        worth.definition_version,
        worth.score_group,
        worth.points,
        worth.max_per_day,
        worth.decay_profile,
        case
            when worth.expires_after_days is null then {{ end_of_time() }}
            else {{ days_after('numbered.signal_at', 'worth.expires_after_days') }}
        end as expires_at
    from numbered
    inner join worth
        on
            numbered.signal = worth.signal
            and {{ holds_at('numbered.signal_at', 'worth.valid_from', 'worth.valid_to') }}

),

final as (

    select
        ruled.lead_id,
        ruled.signal_at,
        ruled.fact_id,
        ruled.is_activity,
        ruled.is_reset,
        ruled.signal,
        ruled.category,
        ruled.is_hand_raise,
        ruled.definition_version,
        ruled.score_group,
        ruled.points,
        ruled.decay_profile,
        ruled.expires_at,
        {{ is_within_day_cap('ruled.number_in_day', 'ruled.max_per_day') }} as is_within_day_cap,
        epochs.epoch,
        epochs.valid_to as epoch_ends_at
    from ruled
    inner join {{ ref('int_epochs') }} as epochs
        on
            ruled.lead_id = epochs.lead_id
            and {{ holds_at('ruled.signal_at', 'epochs.valid_from', 'epochs.valid_to') }}

)

select * from final
