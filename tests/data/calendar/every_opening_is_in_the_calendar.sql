-- a date has no more openings than the calendar has room for, and the hours of no day overlap or end
-- before they begin: all that the seed says is open is counted, once
with hours as (

    select
        *,
        lag(closes) over (partition by effective_from, zone, weekday order by opens) as closed_before
    from {{ ref('business_hours') }}

)

select 'too many openings' as problem, {{ as_text('day') }} as what
from {{ ref('int_business_calendar') }}
where openings > {{ openings_of_a_date() }}
union all
select 'overlapping hours', {{ as_text('weekday') }} || ' ' || opens from hours
where opens >= closes or opens < closed_before
