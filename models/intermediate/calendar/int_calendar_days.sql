{#- Every day from 2000 to 2040; the first is a Monday. -#}
with digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit {{ 'union all' if not loop.last }}
    {% endfor %}

),

numbered as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands
    where ten_thousands.digit < 2

),

final as (

    select
        mod(day_number, 7) + 1 as weekday,
        {{ days_after("cast('2000-01-03 00:00:00' as timestamp)", 'day_number') }} as midnight
    from numbered
    where day_number < 14970

)

select * from final
