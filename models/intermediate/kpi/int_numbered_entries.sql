{#- Every entry of a person into a stage of the funnel, in order. -#}
with interests as (

    select lead_id, min(signal_at) as first_interest_at
    from {{ ref('int_signals') }}
    where category in ('intent', 'interest')
    group by lead_id

),

entries as (

    select
        interests.lead_id,
        'lead' as stage,
        'interest' as path,
        {{ became_lead_at('interests.first_interest_at', 'people.identified_at') }} as entered_at,
        cast(null as timestamp) as left_at
    from interests
    inner join {{ ref('int_people') }} as people on interests.lead_id = people.lead_id
    union all
    select lead_id, 'mql', path, entered_at, left_at from {{ ref('int_mql_episodes') }}
    union all
    select lead_id, stage, path, valid_from, valid_to from {{ ref('int_lead_stays') }}
    where stage in ('sql', 'prospect', 'customer')

),

final as (

    select
        *,
        cast(row_number() over (partition by lead_id, stage order by entered_at) as bigint) as entry_number,
        lead(entered_at) over (partition by lead_id, stage order by entered_at) as next_entered_at,
        case stage
            {% for stage in funnel_stages() %}
            when '{{ stage }}' then {{ loop.index }}
            {% endfor %}
        end as stage_number
    from entries

)

select * from final
