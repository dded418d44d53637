{#- The week of `as_of`, from a Monday to the next where the business is, and the week before. -#}
with hours as (

    select * from {{ ref('business_hours') }}

),

zones as (

    -- the first reaches back for ever
    select
        effective_from,
        min(zone) as zone,
        row_number() over (order by effective_from) = 1 as is_first,
        lead(effective_from) over (order by effective_from) as replaced_from
    from hours
    group by effective_from

),

mondays as (

    select midnight, cast(midnight as date) as week_start from {{ ref('int_calendar_days') }}
    where weekday = 1

),

starts as (

    select
        mondays.week_start,
        zones.zone,
        {{ utc_of('mondays.midnight', 'zones.zone') }} as starts_at
    from mondays
    inner join zones
        on
            (zones.is_first or mondays.week_start >= zones.effective_from)
            and (zones.replaced_from is null or mondays.week_start < zones.replaced_from)

),

weeks as (

    select
        *,
        lead(starts_at) over (order by week_start) as ends_at,
        lag(week_start) over (order by week_start) as feedback_week_start,
        lag(starts_at) over (order by week_start) as feedback_starts_at
    from starts

),

final as (

    select * from weeks
    where {{ holds_at(as_of(), 'starts_at', 'ends_at') }}

)

select * from final
