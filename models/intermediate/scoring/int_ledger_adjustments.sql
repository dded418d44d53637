{#- One line per axis and instant where caps, limits, a reset or a new definition make the score
    move by something else than the sum of the lines posted. -#}
with moves as (

    -- how each axis moved, and what the group caps had left of what was posted
    select
        lead_id,
        instant,
        'engagement' as axis,
        engagement_delta as axis_delta,
        cast(0 as integer) as lines_delta,
        engagement_posted as groups_delta
    from {{ ref('int_lead_scores') }}
    union all
    select
        changes.lead_id,
        greatest(changes.changed_at, people.identified_at) as instant,
        'fit' as axis,
        changes.fit_score_delta as axis_delta,
        0 as lines_delta,
        changes.points_delta as groups_delta
    from {{ ref('int_fit_changes') }} as changes
    inner join {{ ref('int_people') }} as people on changes.lead_id = people.lead_id
    where not people.is_internal and people.identified_at <= {{ as_of() }}
    union all
    -- what was posted on it
    select
        lead_id,
        entry_at as instant,
        case when entry_type = 'fit' then 'fit' else 'engagement' end as axis,
        0 as axis_delta,
        points_counted as lines_delta,
        0 as groups_delta
    from {{ ref('int_ledger_lines') }}

),

summed as (

    select
        lead_id,
        instant,
        axis,
        sum(axis_delta) - sum(lines_delta) as difference,
        sum(groups_delta) - sum(lines_delta) as capped_by_groups
    from moves
    group by lead_id, instant, axis

),

final as (

    select
        summed.lead_id,
        summed.instant as entry_at,
        summed.axis,
        cast(summed.difference as integer) as points_counted,
        epochs.epoch,
        versions.definition_version,
        {{ adjustment_reason(
            'summed.axis',
            'summed.instant = epochs.valid_from',
            'summed.instant = versions.valid_from',
            'summed.capped_by_groups'
        ) }} as cap_reason
    from summed
    inner join {{ ref('int_epochs') }} as epochs
        on
            summed.lead_id = epochs.lead_id
            and {{ holds_at('summed.instant', 'epochs.valid_from', 'epochs.valid_to') }}
    inner join {{ ref('int_definition_versions') }} as versions
        on {{ holds_at('summed.instant', 'versions.valid_from', 'versions.valid_to') }}
    where summed.difference <> 0

)

select * from final
