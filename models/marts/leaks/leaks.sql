with cases as (

    {{ with_untouched('int_leak_cases', 'marts', 'leak_cases', ['leak', 'deal_value', 'leaked_at']) }}

),

labels as (

    select * from {{ ref('leak_labels') }}

),

counted as (

    select
        leak,
        count(*) as cases,
        count(distinct lead_id) as people,
        sum(deal_value) as deal_value,
        min(leaked_at) as first_leaked_at
    from cases
    group by leak

),

final as (

    select
        -- what slips away
        labels.leak,
        labels.label_en,
        labels.label_fr,

        -- numbers
        labels.place,
        coalesce(counted.cases, 0) as cases,
        coalesce(counted.people, 0) as people,
        cast(coalesce(counted.deal_value, 0) as decimal(18, 2)) as deal_value,

        -- instants
        counted.first_leaked_at
    from labels
    left join counted on labels.leak = counted.leak

)

select * from final
