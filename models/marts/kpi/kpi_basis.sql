with settings as (

    select * from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

final as (

    select
        -- days, cases
        maturity_days,
        contest_days,
        acceptance_expires_days,
        re_mql_days,
        small_sample_below,

        -- months
        {{ month_of(as_of()) }} as month,
        {{ month_of(as_of() ~ " - interval '1' month") }} as last_complete_month,

        -- instants
        {{ as_of() }} as as_of,
        cast(least({{ next_month_at(as_of()) }}, valid_to) as timestamp) as ends_at
    from settings

)

select * from final
