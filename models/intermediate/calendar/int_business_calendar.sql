{#- For every date (UTC) how long the business had been open before it, and its openings on it. -#}
with openings as (

    select * from {{ ref('int_business_openings') }}

),

days as (

    select midnight from {{ ref('int_calendar_days') }}

),

dates as (

    -- an opening lies on one date or two, on three where clocks are put back in a day without end
    {% for step in range(3) -%}
    select
        {{ days_after("cast(cast(opens_at as date) as timestamp)", step) }} as midnight,
        opens_at,
        closes_at
    from openings
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

pieces as (

    select
        midnight,
        greatest(opens_at, midnight) as opens_at,
        least(closes_at, {{ days_after('midnight', 1) }}) as closes_at
    from dates
    where opens_at < {{ days_after('midnight', 1) }} and closes_at > midnight

),

numbered as (

    select
        *,
        {{ micros_between('opens_at', 'closes_at') }} as open_micros,
        row_number() over (partition by midnight order by opens_at) as place
    from pieces

),

by_date as (

    select
        midnight,
        {% for place in range(1, openings_of_a_date() + 1) %}
        max(case when place = {{ place }} then opens_at end) as opens_{{ place }}_at,
        max(case when place = {{ place }} then closes_at end) as closes_{{ place }}_at,
        {% endfor %}
        count(*) as openings,
        sum(open_micros) as open_micros
    from numbered
    group by midnight

),

final as (

    select
        cast(days.midnight as date) as day,
        {% for place in range(1, openings_of_a_date() + 1) %}
        by_date.opens_{{ place }}_at,
        by_date.closes_{{ place }}_at,
        {% endfor %}
        coalesce(by_date.openings, 0) as openings,
        cast(coalesce(sum(by_date.open_micros) over (
            order by days.midnight rows between unbounded preceding and 1 preceding
        ), 0) as bigint) as open_micros_before
    from days
    left join by_date on days.midnight = by_date.midnight

)

select * from final
