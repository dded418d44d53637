{#- For every date (UTC) the opening that begins on it, and the last one that began before it. -#}
with openings as (

    select * from {{ ref('int_business_openings') }}

),

numbered as (

    select
        cast(days.midnight as date) as day,
        openings.opening_number,
        max(openings.opening_number) over (
            order by days.midnight rows between unbounded preceding and 1 preceding
        ) as earlier_number
    from {{ ref('int_calendar_days') }} as days
    left join openings on cast(days.midnight as date) = cast(openings.opens_at as date)

),

final as (

    select
        numbered.day,
        coalesce(today.opens_at, {{ end_of_time() }}) as opens_at,
        coalesce(today.closes_at, {{ end_of_time() }}) as closes_at,
        coalesce(today.open_micros_before, 0) as open_micros_before,
        earlier.opens_at as earlier_opens_at,
        earlier.closes_at as earlier_closes_at,
        earlier.open_micros_before as earlier_open_micros_before
    from numbered
    inner join openings as earlier on numbered.earlier_number = earlier.opening_number
    left join openings as today on numbered.opening_number = today.opening_number

)

select * from final
