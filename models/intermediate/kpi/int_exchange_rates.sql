{#- What one unit of each currency is worth in the one that reports are in, day by day. -#}
with rates as (

    select
        upper(trim(currency)) as currency,
        rate,
        effective_from,
        row_number() over (partition by upper(trim(currency)) order by effective_from) as place
    from {{ ref('exchange_rates') }}

),

dated as (

    select
        currency,
        rate,
        case
            when place = 1 then {{ beginning_of_time() }} else cast(effective_from as timestamp)
        end as valid_from
    from rates

),

final as (

    select
        currency,
        rate,
        valid_from,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by currency order by valid_from
        ) as valid_to
    from dated

)

select * from final
