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
        lead_id, entry_at, 'adjustment' as entry_type, {{ as_text('null') }} as signal,
        axis as score_group, 0 as points, points_counted, epoch,
        {{ as_text('null') }} as source_fact_id, cap_reason, definition_version,
        'adjustment:' || axis || ':' || lead_id || ':' || {{ iso_instant('entry_at') }} as entry_id
    from adjustments

),

scores as (

    -- the lines add up to it at every instant: a test asserts it
    select lead_id, instant, engagement, fit_score, is_identified
    from {{ ref('int_lead_scores') }}

),

final as (

    select
        entries.entry_id,
        entries.lead_id,
        entries.entry_type,
        entries.signal,
        entries.score_group,
        entries.source_fact_id,
        entries.cap_reason,
        entries.definition_version,
        cast(entries.points as integer) as points,
        cast(entries.points_counted as integer) as points_counted,
        cast(entries.epoch as integer) as epoch,
        cast(
            scores.engagement + case when scores.is_identified then scores.fit_score else 0 end as integer
        ) as score_after,
        entries.entry_at
    from entries
    left join scores on entries.lead_id = scores.lead_id and entries.entry_at = scores.instant

)

select * from final
