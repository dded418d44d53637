{#- What marketing owes sales each month (UTC): so many MQLs of grade A or B, of all companies or of those
    of a size. Of all people, also those not recomputed in this run. -#}
with mqls as (

    {{ with_untouched(
        'int_mql_episodes', 'marts', 'mqls', ['entered_at', 'icp_grade_at_entry', 'company_size_band']
    ) }}

),

months as (

    select
        midnight as started_at,
        cast({{ dbt.date_trunc('month', days_after('midnight', 40)) }} as timestamp) as due_at
    from {{ ref('int_calendar_days') }}
    where
        midnight = cast({{ dbt.date_trunc('month', 'midnight') }} as timestamp)
        and midnight <= {{ as_of() }}
        and {{ days_after('midnight', 31) }} > (select min(mqls.entered_at) from mqls)

),

agreed as (

    select months.started_at, months.due_at, policies.*
    from months
    inner join {{ ref('int_sla_policies') }} as policies
        on
            policies.obligation = 'marketing_volume'
            and {{ holds_at('months.started_at', 'policies.valid_from', 'policies.valid_to') }}

),

delivered as (

    select
        agreed.started_at,
        agreed.segment,
        agreed.min_attempts,
        mqls.entered_at,
        row_number() over (
            partition by agreed.started_at, agreed.segment order by mqls.entered_at, mqls.lead_id
        ) as place
    from agreed
    inner join mqls
        on
            agreed.started_at <= mqls.entered_at
            and agreed.due_at > mqls.entered_at
            and (agreed.segment = '*' or agreed.segment = mqls.company_size_band)
    where {{ is_icp_validated('mqls.icp_grade_at_entry') }}

),

counted as (

    select
        started_at,
        segment,
        cast(max(place) as bigint) as delivered,
        min(case when place >= min_attempts then entered_at end) as stopped_at
    from delivered
    group by started_at, segment

),

ended as (

    select
        agreed.*,
        counted.stopped_at,
        coalesce(counted.delivered, 0) as delivered,
        coalesce(counted.stopped_at, agreed.due_at) as ended_at
    from agreed
    left join counted on agreed.started_at = counted.started_at and agreed.segment = counted.segment

),

measured as (

    select
        ended.*,
        {{ open_micros_until('ended.started_at', 'calendar_at_start') }} as open_micros_at_start,
        {{ open_micros_until('ended.due_at', 'calendar_when_due') }} as open_micros_when_due,
        {{ open_micros_until('ended.ended_at', 'calendar_at_end') }} as open_micros_at_end
    from ended
    inner join {{ ref('int_business_calendar') }} as calendar_at_start
        on cast(ended.started_at as date) = calendar_at_start.day
    inner join {{ ref('int_business_calendar') }} as calendar_when_due
        on cast(ended.due_at as date) = calendar_when_due.day
    inner join {{ ref('int_business_calendar') }} as calendar_at_end
        on cast(ended.ended_at as date) = calendar_at_end.day

),

targeted as (

    select
        *,
        open_micros_when_due - open_micros_at_start as month_micros,
        open_micros_at_start
        + {{ sla_risky_micros('(open_micros_when_due - open_micros_at_start)', 'sla_at_risk_percent') }}
            as risky_open_micros
    from measured

),

risky as (

    select
        targeted.*,
        {{ micros_after(
            'stretches.opens_at', 'targeted.risky_open_micros - stretches.open_micros_before'
        ) }} as at_risk_at
    from targeted
    left join {{ ref('int_business_stretches') }} as stretches
        on
            {{ stretch_of('targeted.risky_open_micros - 1') }} = stretches.stretch
            and targeted.risky_open_micros > stretches.open_micros_before
            and targeted.risky_open_micros <= stretches.open_micros_after

),

final as (

    select
        md5('marketing_volume|' || segment || '|' || {{ iso_instant('started_at') }}) as clock_id,
        segment,
        owed_by,
        escalate_to,
        definition_version,
        delivered,
        started_at,
        at_risk_at,
        due_at,
        stopped_at,
        {{ minutes_of('month_micros') }} as business_minutes_allowed,
        case
            when stopped_at is not null then {{ minutes_of('(open_micros_at_end - open_micros_at_start)') }}
        end as business_minutes_used,
        case when stopped_at is not null then {{ dbt.cast('0', 'float8') }} end as business_minutes_late,
        {{ sla_status('stopped_at', 'cast(null as timestamp)', 'at_risk_at', 'due_at', as_of()) }} as status
    from risky

)

select * from final
