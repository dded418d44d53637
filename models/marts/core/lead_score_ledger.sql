with lines as (

    select * from {{ ref('int_ledger_lines') }}

),

adjustments as (

    select * from {{ ref('int_ledger_adjustments') }}

),

entries as (

    select
        lead_id, entry_at, entry_type, signal, score_group, points, points_counted, epoch,
        source_fact_id, cap_reason, definition_version, entry_id
    from lines
    union all
    select
        lead_id, entry_at, 'adjustment' as entry_type, cast(null as varchar) as signal,
        axis as score_group, 0 as points, points_counted, epoch,
        cast(null as varchar) as source_fact_id, cap_reason, definition_version,
        'adjustment:' || axis || ':' || lead_id || ':' || {{ iso_instant('entry_at') }} as entry_id
    from adjustments

),

final as (

    select
        entry_id,
        lead_id,
        entry_type,
        signal,
        score_group,
        source_fact_id,
        cap_reason,
        definition_version,
        cast(points as integer) as points,
        cast(points_counted as integer) as points_counted,
        cast(epoch as integer) as epoch,
        cast(sum(points_counted) over (partition by lead_id order by entry_at) as integer) as score_after,
        entry_at
    from entries

)

select * from final
