{#- Score axes: engagement within group caps (by epoch) and fit. -#}
with engagement as (

    select lead_id, epoch, instant, 'engagement' as measure, counted_delta as delta
    from {{ ref('int_group_balances') }}
    where counted_delta <> 0

),

fit as (

    select
        lead_id, cast(null as bigint) as epoch, changed_at as instant,
        'fit' as measure, fit_score_delta as delta
    from {{ ref('int_fit_changes') }}
    union all
    select
        lead_id, cast(null as bigint) as epoch, changed_at as instant,
        'grade' as measure, grade_delta as delta
    from {{ ref('int_fit_changes') }}

),

final as (

    select * from engagement
    union all
    select * from fit

)

select * from final
