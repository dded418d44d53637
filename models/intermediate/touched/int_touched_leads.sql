{#- The people this run recomputes, and the plainest reason why: those that anything changed for
    since the marts in use were built, and only those. -#}
with reasons as (

    select * from {{ ref('int_touch_reasons') }}

),

people as (

    select distinct lead_id, is_internal from {{ ref('int_lead_aliases') }}

),

ranked as (

    select
        *,
        row_number() over (partition by lead_id order by weight) as place,
        max(
            case when reason <> 'due' and happened_at <= {{ since('built_as_of') }} then 1 else 0 end
        ) over (partition by lead_id) = 1 as is_late
    from reasons

),

final as (

    -- a lead of earlier that is somebody's alias now, or nobody, is only taken out
    select
        ranked.lead_id,
        ranked.reason,
        ranked.is_late,
        people.lead_id is null as is_gone,
        coalesce(people.is_internal, false) as is_internal
    from ranked
    left join people on ranked.lead_id = people.lead_id
    where ranked.place = 1

)

select * from final
