{{ config(materialized='view') }}

{#- Whose feedback comes or goes when the next week begins: whoever was handed over, or spoken about,
    since the week before. -#}
with weeks as (

    select * from {{ ref('int_handoff_week') }}

),

happened as (

    select lead_id, entered_at as happened_at from {{ ref('int_stage_entries') }}
    where {{ is_handed_over('stage') }}
    union all
    select lead_id, occurred_at from {{ ref('int_activities') }}
    where {{ is_handoff_verdict('verdict') }}

),

final as (

    select distinct happened.lead_id, weeks.ends_at as due_at
    from happened
    inner join weeks on happened.happened_at >= weeks.feedback_starts_at

)

select * from final
