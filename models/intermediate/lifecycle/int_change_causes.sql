{#- The fact or facts at the instant of a change that can have turned the rule; all facts of the
    instant where none is of the kind the rule looks at. -#}
with changes as (

    select * from {{ ref('int_stage_changes') }}

),

facts as (

    select
        facts.*,
        changes.lead_id,
        case
            when changes.from_stage is null and facts.cause = 'identified' then 1
            when {{ can_turn('facts.cause', 'changes.flipped_rule', 'changes.is_at_reset') }} then 1
            else 0
        end as is_relevant
    from {{ ref('int_change_facts') }} as facts
    inner join changes on facts.change_id = changes.change_id

),

chosen as (

    select *, max(is_relevant) over (partition by change_id) as best_relevance from facts

),

final as (

    select
        change_id,
        {{ joined('cause', '|', 'weight, cause, fact_id') }} as cause,
        {{ joined('fact_id', '|', 'weight, cause, fact_id') }} as cause_fact_id,
        min(weight) as weight
    from chosen
    where is_relevant = best_relevance
    group by change_id

)

select * from final
