{#- When the business is open, and how long it had been open before. -#}
with days as (

    select * from {{ ref('int_calendar_days') }}

),

openings as (

    select
        cast(days.midnight as date) as local_day,
        {{ utc_of(local_time_of('days.midnight', 'hours.opens'), 'hours.zone') }} as opens_at,
        {{ utc_of(local_time_of('days.midnight', 'hours.closes'), 'hours.zone') }} as closes_at
    from days
    inner join {{ ref('business_hours') }} as hours on days.weekday = hours.weekday
    left join {{ ref('holidays') }} as holidays on cast(days.midnight as date) = holidays.holiday
    where holidays.holiday is null

),

measured as (

    select
        *,
        row_number() over (order by opens_at) as opening_number,
        {{ micros_between('opens_at', 'closes_at') }} as open_micros
    from openings

),

final as (

    select
        opening_number,
        local_day,
        opens_at,
        closes_at,
        open_micros,
        cast(sum(open_micros) over (
            order by opening_number rows between unbounded preceding and current row
        ) - open_micros as bigint) as open_micros_before
    from measured

)

select * from final
