{#- Every day of a century, for MetricFlow. -#}
with digits as (

    {% for digit in range(10) %}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

numbers as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

final as (

    select cast({{ days_after("cast('2000-01-01 00:00:00' as timestamp)", 'number') }} as date) as date_day
    from numbers
    where number < 36525

)

select * from final
