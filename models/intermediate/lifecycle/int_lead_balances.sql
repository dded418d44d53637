{{ config(materialized='view') }}

{#- Where every measure stands after each instant. -#}
with instants as (

    select
        *,
        sum(epoch) over (partition by lead_id order by instant) as epoch_number
    from {{ ref('int_lead_instants') }}
    where instant <= {{ as_of() }}

),

final as (

    select
        lead_id,
        instant
        {%- for measure in lifelong_measures() %},
        cast(sum({{ measure }}) over (
            partition by lead_id order by instant
        ) as integer) as {{ measure }}
        {%- endfor %}
        {%- for measure in epoch_measures() %},
        cast(sum({{ measure }}) over (
            partition by lead_id, epoch_number order by instant
        ) as integer) as {{ measure }}
        {%- endfor %},
        max(case when meetings_held > 0 then instant end) over (
            partition by lead_id, epoch_number order by instant
        ) as last_meeting_held_at
    from instants

)

select * from final
