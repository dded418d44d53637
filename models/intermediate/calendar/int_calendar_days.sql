{#- Every day from 1990 to 2060; the first is a Monday. -#}
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
    where ten_thousands.digit < 3

),

final as (

    select
        mod(day_number, 7) + 1 as weekday,
        {{ days_after("cast('1990-01-01 00:00:00' as timestamp)", 'day_number') }} as midnight
    from numbered
    where day_number < 25933

)

select * from final
