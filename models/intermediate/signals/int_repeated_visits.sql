with visits as (

    select
        *,
        lag(signal_at, 2) over (
            partition by lead_id, page_group order by signal_at, fact_id
        ) as second_before_at
    from {{ ref('int_catalogued_signals') }}
    where page_group is not null

),

qualifying as (

    select
        *,
        row_number() over (
            partition by lead_id, page_group, date_trunc('week', signal_at)
            order by signal_at, fact_id
        ) as place_in_week
    from visits
    where {{ is_repeated_visit('signal_at', 'second_before_at') }}

),

final as (

    {% for derived in repeated_visit_signals() %}
    select
        lead_id,
        signal_at,
        fact_id,
        is_activity,
        is_reset,
        '{{ derived.signal }}' as signal,
        '{{ derived.category }}' as category,
        false as is_hand_raise
    from qualifying
    where place_in_week = 1 and page_group = '{{ derived.page_group }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
