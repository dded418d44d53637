{#- When the business is open, and how long it had been open before. -#}
with days as (

    -- the first day may begin on a date (UTC) before the calendar
    select * from {{ ref('int_calendar_days') }}
    where midnight > (select min(earliest.midnight) from {{ ref('int_calendar_days') }} as earliest)

),

hours as (

    select * from {{ ref('business_hours') }}

),

settings as (

    -- all hours that come into force on one day replace those before; the first reach back for ever
    select
        effective_from,
        row_number() over (order by effective_from) = 1 as is_first,
        lead(effective_from) over (order by effective_from) as replaced_from
    from hours
    group by effective_from

),

hours_in_force as (

    select hours.*, settings.is_first, settings.replaced_from
    from hours
    inner join settings on hours.effective_from = settings.effective_from

),

openings as (

    select
        {{ utc_of(local_time_of('days.midnight', 'hours_in_force.opens'), 'hours_in_force.zone') }}
            as opens_at,
        {{ utc_of(local_time_of('days.midnight', 'hours_in_force.closes'), 'hours_in_force.zone') }}
            as closes_at
    from days
    inner join hours_in_force on days.weekday = hours_in_force.weekday
    left join {{ ref('holidays') }} as holidays on cast(days.midnight as date) = holidays.holiday
    where
        holidays.holiday is null
        and (hours_in_force.is_first or cast(days.midnight as date) >= hours_in_force.effective_from)
        and (
            hours_in_force.replaced_from is null
            or cast(days.midnight as date) < hours_in_force.replaced_from
        )

),

kept_apart as (

    -- where another zone comes into force one day may begin before the last one ended
    select
        greatest(opens_at, coalesce(max(closes_at) over (
            order by opens_at, closes_at rows between unbounded preceding and 1 preceding
        ), opens_at)) as opens_at,
        closes_at
    from openings

),

measured as (

    select
        *,
        {{ micros_between('opens_at', 'closes_at') }} as open_micros
    from kept_apart
    where opens_at < closes_at

),

final as (

    select
        opens_at,
        closes_at,
        open_micros,
        cast(sum(open_micros) over (
            order by opens_at rows between unbounded preceding and current row
        ) - open_micros as bigint) as open_micros_before
    from measured

)

select * from final
