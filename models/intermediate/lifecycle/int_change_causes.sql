{#- The fact or facts that turned each change, joined by `|`, the plainest first. -#}
with facts as (

    select * from {{ ref('int_change_facts') }}
    where is_cause

),

final as (

    select
        change_id,
        {{ joined('cause', '|', 'weight, cause, fact_id') }} as cause,
        {{ joined('fact_id', '|', 'weight, cause, fact_id') }} as cause_fact_id
    from facts
    group by change_id

)

select * from final
