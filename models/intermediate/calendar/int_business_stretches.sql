{#- Openings by the numbered stretches of open time they lie in, to find the instant by which so much
    has passed without comparing with every opening. -#}
with openings as (

    select * from {{ ref('int_business_openings') }}

),

steps as (

    -- an opening of 25 hours and a stretch of eight: five at the most
    {% for step in range(5) -%}
    select {{ step }} as step {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        {{ stretch_of('openings.open_micros_before') }} + steps.step as stretch,
        openings.opens_at,
        openings.open_micros_before,
        openings.open_micros_before + openings.open_micros as open_micros_after
    from openings
    cross join steps
    where
        {{ stretch_of('openings.open_micros_before') }} + steps.step
        <= {{ stretch_of('openings.open_micros_before + openings.open_micros - 1') }}

)

select * from final
