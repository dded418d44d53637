with coded as (

    select
        lead_id,
        consent_id,
        occurred_at,
        {{ opt_out_code('opt_out') }} as code
    from {{ ref('int_opt_outs') }}

),

changed as (

    select
        lead_id,
        cast(null as bigint) as epoch,
        'opt_out' as measure,
        occurred_at as instant,
        code - lag(code, 1, 0) over (partition by lead_id order by occurred_at, consent_id) as delta
    from coded

),

final as (

    select * from changed
    where delta <> 0

)

select * from final
