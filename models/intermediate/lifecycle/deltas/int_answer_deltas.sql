{#- The latest answer to each question in an epoch (1 confirmed, 2 denied): of any origin for the
    boxes, and sales' own, without questionnaires. -#}
with activities as (

    select * from {{ ref('int_epoch_activities') }}

),

answers as (

    {% for question in ['need', 'budget', 'authority', 'timing'] %}
    select
        lead_id, epoch, occurred_at, activity_id, '{{ question }}' as measure,
        case {{ question }} when 'confirmed' then 1 when 'denied' then 2 end as answer
    from activities
    where {{ question }} is not null
    union all
    {% endfor %}
    {% for question in ['need', 'authority', 'timing'] %}
    select
        lead_id, epoch, occurred_at, activity_id, 'sales_{{ question }}' as measure,
        case {{ question }} when 'confirmed' then 1 when 'denied' then 2 end as answer
    from activities
    where {{ question }} is not null and activity_type <> 'questionnaire'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

changed as (

    select
        lead_id, epoch, occurred_at as instant, measure,
        answer - lag(answer, 1, 0) over (
            partition by lead_id, epoch, measure order by occurred_at, activity_id
        ) as delta
    from answers

),

final as (

    select lead_id, epoch, measure, instant, delta from changed
    where delta <> 0

)

select * from final
