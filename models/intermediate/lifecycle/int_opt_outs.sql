{#- The word in force on all channels, at each consent fact that names them. -#}
with facts as (

    select
        lead_id,
        consent_id,
        occurred_at,
        kind,
        max(case when kind = 'erasure' then 1 else 0 end) over (
            partition by lead_id order by occurred_at, consent_id
            rows between unbounded preceding and current row
        ) = 1 as is_erased
    from {{ ref('int_consents') }}
    where channel = 'all' and kind in ('objection', 'opt_out', 'erasure', 'opt_in')

),

final as (

    select
        lead_id,
        consent_id,
        occurred_at,
        {{ opt_out_in_force('kind', 'is_erased') }} as opt_out
    from facts

)

select * from final
