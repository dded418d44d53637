{{ config(materialized='view') }}

{#- Credits, debits and fit as posted, before caps and limits. -#}
with credits as (

    select
        lead_id,
        signal_at as entry_at,
        'credit' as entry_type,
        signal,
        score_group,
        case when void_reason = 'day_cap' then 0 else points end as points,
        case when void_reason is null then points else 0 end as points_counted,
        epoch,
        fact_id as source_fact_id,
        void_reason as cap_reason,
        definition_version,
        case when is_activity then 'activity:' else 'event:' end || fact_id || ':' || signal as entry_id
    from {{ ref('int_credits') }}

),

debits as (

    select
        lead_id,
        debit_at as entry_at,
        'debit' as entry_type,
        signal,
        score_group,
        points,
        case when debit_at < epoch_ends_at then points else 0 end as points_counted,
        epoch,
        fact_id as source_fact_id,
        case when debit_at >= epoch_ends_at then 'reset' end as cap_reason,
        definition_version,
        case when is_activity then 'activity:' else 'event:' end
        || fact_id || ':' || signal || ':' || after_days as entry_id
    from {{ ref('int_debits') }}
    where debit_at <= {{ as_of() }}

),

fit as (

    -- fit is first posted when the person is identified
    select
        changes.lead_id,
        greatest(changes.changed_at, people.identified_at) as entry_at,
        sum(changes.points_delta) as points,
        max(changes.changed_at) as last_changed_at
    from {{ ref('int_fit_changes') }} as changes
    inner join {{ ref('int_people') }} as people on changes.lead_id = people.lead_id
    where not people.is_internal and people.identified_at <= {{ as_of() }}
    group by changes.lead_id, greatest(changes.changed_at, people.identified_at)

),

fit_lines as (

    select
        fit.lead_id,
        fit.entry_at,
        'fit' as entry_type,
        'icp_fit' as signal,
        'fit' as score_group,
        fit.points,
        fit.points as points_counted,
        epochs.epoch,
        changes.icp_grade as source_fact_id,
        {{ as_text('null') }} as cap_reason,
        versions.definition_version,
        'fit:' || fit.lead_id || ':' || {{ iso_instant('fit.entry_at') }} as entry_id
    from fit
    inner join {{ ref('int_fit_changes') }} as changes
        on fit.lead_id = changes.lead_id and fit.last_changed_at = changes.changed_at
    inner join {{ ref('int_definition_versions') }} as versions
        on {{ holds_at('fit.entry_at', 'versions.valid_from', 'versions.valid_to') }}
    inner join {{ ref('int_epochs') }} as epochs
        on
            fit.lead_id = epochs.lead_id
            and {{ holds_at('fit.entry_at', 'epochs.valid_from', 'epochs.valid_to') }}
    where fit.points <> 0

),

final as (

    select * from credits
    union all
    select * from debits
    union all
    select * from fit_lines

)

select * from final
