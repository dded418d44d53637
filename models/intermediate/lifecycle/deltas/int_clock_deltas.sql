{#- Instants at which nothing is posted but something may turn: identification, resets, new
    definition versions, and checklists filled in. -#}
with people as (

    select * from {{ ref('int_people') }}
    where not is_internal and identified_at <= {{ as_of() }}

),

final as (

    select
        lead_id, cast(null as bigint) as epoch, 'identified' as measure,
        identified_at as instant, 1 as delta
    from people
    union all
    select
        lead_id, cast(null as bigint) as epoch, 'epoch' as measure,
        valid_from as instant, 1 as delta
    from {{ ref('int_epochs') }}
    where epoch > 0
    union all
    select
        people.lead_id, cast(null as bigint) as epoch, 'definition' as measure,
        versions.valid_from as instant, 0 as delta
    from people
    cross join {{ ref('int_definition_versions') }} as versions
    where versions.valid_from > {{ beginning_of_time() }} and versions.valid_from <= {{ as_of() }}
    union all
    select
        lead_id, cast(null as bigint) as epoch, 'checklist' as measure,
        occurred_at as instant, 0 as delta
    from {{ ref('int_epoch_activities') }}
    where activity_type = 'qualification'

)

select * from final
