{%- set now_or_end = 'least(coalesce(counted.stopped_at, ' ~ as_of() ~ '), agreed.due_at)' -%}
{%- set used = '(open_micros_now - open_micros_at_start)' -%}
{%- set allowed = '(open_micros_when_due - open_micros_at_start)' -%}

{#- What marketing owes sales each month (UTC): so many MQLs of grade A or B. Of all people, also those
    not recomputed in this run. -#}
with mqls as (

    {{ with_untouched('int_mql_episodes', 'marts', 'mqls', ['entered_at', 'icp_grade_at_entry']) }}

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
        mqls.entered_at,
        row_number() over (partition by agreed.started_at order by mqls.entered_at, mqls.lead_id) as place
    from agreed
    inner join mqls on agreed.started_at <= mqls.entered_at and agreed.due_at > mqls.entered_at
    where mqls.icp_grade_at_entry in ('A', 'B')

),

counted as (

    select
        agreed.started_at,
        cast(max(delivered.place) as bigint) as delivered,
        min(case when delivered.place >= agreed.min_attempts then delivered.entered_at end) as stopped_at
    from agreed
    inner join delivered on agreed.started_at = delivered.started_at
    group by agreed.started_at

),

measured as (

    select
        agreed.*,
        counted.stopped_at,
        coalesce(counted.delivered, 0) as delivered,
        {{ open_micros_until('agreed.started_at', 'calendar_at_start') }} as open_micros_at_start,
        {{ open_micros_until('agreed.due_at', 'calendar_when_due') }} as open_micros_when_due,
        {{ open_micros_until(now_or_end, 'calendar_now') }} as open_micros_now
    from agreed
    left join counted on agreed.started_at = counted.started_at
    inner join {{ ref('int_business_calendar') }} as calendar_at_start
        on cast(agreed.started_at as date) = calendar_at_start.day
    inner join {{ ref('int_business_calendar') }} as calendar_when_due
        on cast(agreed.due_at as date) = calendar_when_due.day
    inner join {{ ref('int_business_calendar') }} as calendar_now
        on cast({{ now_or_end }} as date) = calendar_now.day

),

final as (

    select
        md5('marketing_volume|' || {{ iso_instant('started_at') }}) as clock_id,
        segment,
        owed_by,
        escalate_to,
        definition_version,
        delivered,
        started_at,
        due_at,
        stopped_at,
        {{ minutes_of(allowed) }} as business_minutes_allowed,
        case
            when stopped_at is not null then {{ minutes_of(used) }}
        end as business_minutes_used,
        case when stopped_at is not null then {{ dbt.cast('0', 'float8') }} end as business_minutes_late,
        {{ sla_status('stopped_at', 'cast(null as timestamp)', 'due_at', used, allowed, as_of()) }} as status
    from measured

)

select * from final
