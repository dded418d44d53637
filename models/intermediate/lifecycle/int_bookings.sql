{#- While a meeting counts as booked or held: it is the latest meeting fact of its epoch, and a
    booking has not lapsed by the limits of the version in force. -#}
with meetings as (

    select
        lead_id,
        epoch,
        activity_id,
        occurred_at,
        scheduled_at,
        outcome,
        epoch_ends_at,
        lead(occurred_at, 1, epoch_ends_at) over (
            partition by lead_id, epoch order by occurred_at, activity_id
        ) as superseded_at
    from {{ ref('int_epoch_activities') }}
    where activity_type = 'meeting' and outcome in ('booked', 'held', 'cancelled', 'no_show')

),

held as (

    select
        lead_id,
        epoch,
        activity_id,
        outcome,
        epoch_ends_at,
        occurred_at as valid_from,
        superseded_at as valid_to
    from meetings
    where outcome = 'held'

),

booked as (

    select
        meetings.lead_id,
        meetings.epoch,
        meetings.activity_id,
        meetings.outcome,
        meetings.epoch_ends_at,
        greatest(meetings.occurred_at, versions.valid_from) as valid_from,
        least(
            meetings.superseded_at,
            versions.valid_to,
            {{ booking_lapses_at(
                'meetings.occurred_at', 'meetings.scheduled_at',
                'versions.booking_grace_days', 'versions.booking_expires_days'
            ) }}
        ) as valid_to
    from meetings
    cross join {{ ref('int_definition_versions') }} as versions
    where meetings.outcome = 'booked'

),

final as (

    select * from held
    where valid_from < valid_to
    union all
    select * from booked
    where valid_from < valid_to

)

select * from final
